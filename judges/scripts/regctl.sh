# A registry with an image, by the CLI that the first judge has signed in
az group create --name regctlGroup --location westeurope
az acr create --resource-group regctlGroup --name regctlregistry --sku Premium
server=$(az acr show --name regctlregistry --query loginServer --output tsv)

az acr login --name regctlregistry --expose-token --query accessToken --output tsv \
  | regctl registry login "$server" --user 00000000-0000-0000-0000-000000000000 --pass-stdin

echo image > image.txt
tar --create --file image.tar image.txt
crane append --new_layer image.tar --new_tag app:v1 --output app.tar
regctl image import "$server/app:v1" app.tar

# Read
digest=$(regctl image digest "$server/app:v1")
regctl manifest head "$server/app:v1" | grep "$digest"

regctl manifest get --format raw-body "$server/app@$digest"

layer=$(regctl manifest get --format '{{ (index .Layers 0).Digest }}' "$server/app:v1")
regctl blob head "$server/app" "$layer"
regctl blob get "$server/app" "$layer" > blob

regctl image inspect "$server/app:v1"

# Copy
regctl image copy "$server/app:v1" "$server/copy:v1"
test "$(regctl image digest "$server/copy:v1")" = "$(regctl image digest "$server/app:v1")"

regctl image export "$server/app:v1" export.tar
regctl image import "$server/imported:v1" export.tar
regctl manifest head "$server/imported:v1"

regctl index create "$server/index:v1" --ref "$server/app:v1"
regctl manifest get --format raw-body "$server/index:v1" | grep "$digest"

# Tags and repositories, page by page
for tag in v2 v3 v4; do regctl image copy "$server/app:v1" "$server/app:$tag"; done
test "$(regctl tag ls "$server/app" | tr '\n' ' ')" = "v1 v2 v3 v4 "

test "$(regctl tag ls --limit 2 "$server/app" | tr '\n' ' ')" = "v1 v2 "

test "$(regctl tag ls --limit 2 --last v2 "$server/app" | tr '\n' ' ')" = "v3 v4 "

test "$(regctl repo ls --limit 2 "$server" | tr '\n' ' ')" = "app copy "

# Referrers
echo sbom | regctl artifact put --artifact-type application/x-sbom --subject "$server/app:v1"

regctl artifact list --format raw-body "$server/app:v1" | grep application/x-sbom

regctl artifact list --filter-artifact-type application/x-none "$server/app:v1" > none.txt
! grep application/x-sbom none.txt

regctl artifact get --subject "$server/app:v1" --filter-artifact-type application/x-sbom \
  | grep -x sbom

regctl image copy --referrers "$server/app:v1" "$server/referred:v1"
regctl artifact list --format raw-body "$server/referred:v1" | grep application/x-sbom

# Delete
regctl tag delete "$server/app:v4"
test "$(regctl tag ls "$server/app" | tr '\n' ' ')" = "v1 v2 v3 "

regctl manifest delete "$server/copy@$digest"
if regctl manifest head "$server/copy:v1"; then exit 1; fi

az group delete --name regctlGroup --yes
