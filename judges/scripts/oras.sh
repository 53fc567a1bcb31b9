# A registry, by the CLI that the first judge has signed in
az group create --name orasGroup --location westeurope
az acr create --resource-group orasGroup --name orasregistry --sku Premium
server=$(az acr show --name orasregistry --query loginServer --output tsv)

az acr login --name orasregistry --expose-token --query accessToken --output tsv \
  | oras login "$server" --username 00000000-0000-0000-0000-000000000000 --password-stdin

# Push and pull
echo content > content.txt
oras push "$server/app:v1" content.txt:text/plain

rm content.txt
oras pull "$server/app:v1"
grep -x content content.txt

digest=$(oras resolve "$server/app:v1")
oras manifest fetch --descriptor "$server/app@$digest" | grep "$digest"

oras manifest fetch-config "$server/app:v1"

# Tags and repositories
oras tag "$server/app:v1" v2 v3 v4

test "$(oras repo tags "$server/app" | tr '\n' ' ')" = "v1 v2 v3 v4 "

test "$(oras repo tags --last v2 "$server/app" | tr '\n' ' ')" = "v3 v4 "

oras repo ls "$server" | grep -x app

# Blobs
echo blob > blob
blob=$(oras blob push --descriptor "$server/app" blob | grep -o 'sha256:[0-9a-f]*')
oras blob fetch --output fetched "$server/app@$blob"
cmp blob fetched

# Referrers
echo signed > signature.txt
oras attach --artifact-type application/x-signature "$server/app:v1" signature.txt

oras discover --format json "$server/app:v1" | grep application/x-signature

oras discover --format json --artifact-type application/x-none "$server/app:v1" > none.json
! grep application/x-signature none.json

# Copy with what refers to it
oras cp --recursive "$server/app:v1" "$server/copy:v1"
oras discover --format json "$server/copy:v1" | grep application/x-signature

oras cp --to-oci-layout "$server/app:v1" layout:v1
oras cp --from-oci-layout layout:v1 "$server/restored:v1"
test "$(oras resolve "$server/restored:v1")" = "$(oras resolve "$server/app:v1")"

# Delete
oras manifest delete --force "$server/copy:v1"
if oras resolve "$server/copy:v1"; then exit 1; fi

oras resolve "$server/app:v4"

az group delete --name orasGroup --yes
