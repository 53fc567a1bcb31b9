# Sign in
az cloud register --name Emulated --endpoint-resource-manager "https://$ARM_METADATA_HOSTNAME"

az cloud set --name Emulated

az login --service-principal --username "$ARM_CLIENT_ID" --password "$ARM_CLIENT_SECRET" \
  --tenant "$ARM_TENANT_ID"

az account set --subscription "$ARM_SUBSCRIPTION_ID"

az account list-locations --query "[?name=='westeurope'].name" --output tsv | grep -x westeurope

test "$(az rest --method get --url /tenants?api-version=2022-12-01 --query 'value[0].tenantId' \
  --output tsv)" = "$ARM_TENANT_ID"

# Prerequisites: group and registries
az group create --name myResourceGroup --location westeurope

az acr check-name --name sourceregistry --query nameAvailable | grep true

az acr create --resource-group myResourceGroup --name sourceregistry --sku Premium

az acr create --resource-group myResourceGroup --name targetregistry --sku Premium

az acr check-name --name sourceregistry --query reason | grep AlreadyExists

sourceRegistryID=$(az acr show --name sourceregistry --query id --output tsv)
targetRegistryID=$(az acr show --name targetregistry --query id --output tsv)
sourceServer=$(az acr show --name sourceregistry --query loginServer --output tsv)
targetServer=$(az acr show --name targetregistry --query loginServer --output tsv)

# Prerequisites: storage, with the containers that the article leaves open
az storage account check-name --name sourcestorage --query nameAvailable | grep true

az storage account create --resource-group myResourceGroup --name sourcestorage --sku Standard_LRS

az storage account create --resource-group myResourceGroup --name targetstorage --sku Standard_LRS

az storage account show --name sourcestorage --query id --output tsv

az storage account list --resource-group myResourceGroup --query "[].name" --output tsv

sourceKey=$(az storage account keys list --account-name sourcestorage --query "[0].value" \
  --output tsv)
targetKey=$(az storage account keys list --account-name targetstorage --query "[0].value" \
  --output tsv)

az storage container create --name transfer --account-name sourcestorage --account-key "$sourceKey"

az storage container create --name transfer --account-name targetstorage

az storage container list --account-name targetstorage --query "[].name" --output tsv \
  | grep -x transfer

# Prerequisites: key vaults
az keyvault create --resource-group myResourceGroup --name sourcekeyvault \
  --enable-rbac-authorization false

az keyvault create --resource-group myResourceGroup --name targetkeyvault \
  --enable-rbac-authorization false

az keyvault list --resource-group myResourceGroup --query "[].name" --output tsv

az resource list --resource-group myResourceGroup --query "[].name" --output tsv \
  | grep -x targetkeyvault

az resource list --resource-type Microsoft.Storage/storageAccounts --query "length(@)" | grep -x 2

# An image to transfer
az acr login --name sourceregistry --expose-token --query accessToken --output tsv \
  | crane auth login "$sourceServer" --username 00000000-0000-0000-0000-000000000000 \
  --password-stdin

az acr login --name targetregistry --expose-token --query accessToken --output tsv \
  | crane auth login "$targetServer" --username 00000000-0000-0000-0000-000000000000 \
  --password-stdin

echo hello > hello
tar --create --file layer.tar hello
crane append --new_layer layer.tar --new_tag "$sourceServer/samples/hello:v1"

# SAS token for export
EXPORT_SAS="?$(az storage account generate-sas --account-name sourcestorage \
  --account-key "$sourceKey" --services b --resource-types co --permissions rwlac --https-only \
  --expiry "$(date --utc --date '+7 days' +%Y-%m-%dT%H:%MZ)" --output tsv)"

az keyvault secret set --name acrexportsas --value "$EXPORT_SAS" --vault-name sourcekeyvault

# SAS token for import, of the container as later documentation has it
IMPORT_SAS="?$(az storage container generate-sas --account-name targetstorage --name transfer \
  --account-key "$targetKey" --permissions rdl --https-only \
  --expiry "$(date --utc --date '+7 days' +%Y-%m-%d)" --output tsv)"

az keyvault secret set --name acrimportsas --value "$IMPORT_SAS" --vault-name targetkeyvault

test "$(az keyvault secret show --name acrimportsas --vault-name targetkeyvault --query value \
  --output tsv)" = "$IMPORT_SAS"

az keyvault secret list --vault-name targetkeyvault --query "[].name" --output tsv \
  | grep -x acrimportsas

# A key for the secrets of Pulumi's states, as docs/tenants.md has it
az keyvault key create --vault-name sourcekeyvault --name pulumi --kty RSA

az keyvault key show --vault-name sourcekeyvault --name pulumi --query key.kty --output tsv \
  | grep -x RSA

encrypted=$(az keyvault key encrypt --vault-name sourcekeyvault --name pulumi \
  --algorithm RSA-OAEP-256 --value aGVsbG8= --query result --output tsv)

az keyvault key decrypt --vault-name sourcekeyvault --name pulumi --algorithm RSA-OAEP-256 \
  --value "$encrypted" --query result --output tsv | grep -x aGVsbG8=

# Identities; the article reads the target's from the source, and one that it never makes
az identity create --resource-group myResourceGroup --name sourceId

az identity create --resource-group myResourceGroup --name targetId

sourcePrincipalID=$(az identity show --resource-group myResourceGroup --name sourceId \
  --query principalId --output tsv)

sourceResourceID=$(az identity show --resource-group myResourceGroup --name sourceId \
  --query id --output tsv)

targetPrincipalID=$(az identity show --resource-group myResourceGroup --name targetId \
  --query principalId --output tsv)

targetResourceID=$(az identity show --resource-group myResourceGroup --name targetId \
  --query id --output tsv)

# Access to the key vaults, each identity to its own
az keyvault set-policy --name sourcekeyvault --resource-group myResourceGroup \
  --object-id "$sourcePrincipalID" --secret-permissions get

az keyvault set-policy --name targetkeyvault --resource-group myResourceGroup \
  --object-id "$targetPrincipalID" --secret-permissions get

# The ExportPipeline, as a generic resource: the article's templates are not published
cat > export.json <<END
{
  "location": "westeurope",
  "identity": {"type": "UserAssigned", "userAssignedIdentities": {"$sourceResourceID": {}}},
  "properties": {
    "target": {
      "type": "AzureStorageBlobContainer",
      "uri": "https://sourcestorage.blob.$(az cloud show --query suffixes.storageEndpoint --output tsv)/transfer",
      "keyVaultUri": "https://sourcekeyvault$(az cloud show --query suffixes.keyvaultDns --output tsv)/secrets/acrexportsas"
    },
    "options": ["OverwriteBlobs"]
  }
}
END
az resource create --id "$sourceRegistryID/exportPipelines/exportpipeline" --is-full-object \
  --api-version 2023-01-01-preview --properties @export.json

az rest --method get --query "value[].name" --output tsv \
  --url "$sourceRegistryID/exportPipelines?api-version=2023-01-01-preview" | grep -x exportpipeline

# Run the ExportPipeline; artifacts are written REPOSITORY:TAG
cat > export-run.json <<END
{
  "request": {
    "pipelineResourceId": "$sourceRegistryID/exportPipelines/exportpipeline",
    "artifacts": ["samples/hello:v1"],
    "target": {"type": "AzureStorageBlob", "name": "hello"}
  }
}
END
az resource create --id "$sourceRegistryID/pipelineRuns/exportrun" \
  --api-version 2023-01-01-preview --properties @export-run.json

az resource wait --ids "$sourceRegistryID/pipelineRuns/exportrun" --interval 1 --timeout 120 \
  --api-version 2023-01-01-preview --custom "properties.response.status=='Succeeded'"

az storage blob list --account-name sourcestorage --container-name transfer \
  --account-key "$sourceKey" --query "[].name" --output tsv | grep -x hello

az storage blob show --account-name sourcestorage --container-name transfer --name hello \
  --account-key "$sourceKey" --query metadata.category --output tsv | grep -x acr-transfer-blob

# Transfer the blob, alone and with a SAS for each side
storageSuffix=$(az cloud show --query suffixes.storageEndpoint --output tsv)
from=$(az storage container generate-sas --account-name sourcestorage --name transfer \
  --account-key "$sourceKey" --permissions rl --https-only \
  --expiry "$(date --utc --date '+1 hour' +%Y-%m-%dT%H:%MZ)" --output tsv)
to=$(az storage container generate-sas --account-name targetstorage --name transfer \
  --account-key "$targetKey" --permissions rwlc --https-only \
  --expiry "$(date --utc --date '+1 hour' +%Y-%m-%dT%H:%MZ)" --output tsv)

azcopy copy "https://sourcestorage.blob.$storageSuffix/transfer/hello?$from" \
  "https://targetstorage.blob.$storageSuffix/transfer/hello?$to"

# The ImportPipeline, without its trigger as it is run by hand
cat > import.json <<END
{
  "location": "westeurope",
  "identity": {"type": "UserAssigned", "userAssignedIdentities": {"$targetResourceID": {}}},
  "properties": {
    "source": {
      "type": "AzureStorageBlobContainer",
      "uri": "https://targetstorage.blob.$storageSuffix/transfer",
      "keyVaultUri": "https://targetkeyvault$(az cloud show --query suffixes.keyvaultDns --output tsv)/secrets/acrimportsas"
    },
    "trigger": {"sourceTrigger": {"status": "Disabled"}},
    "options": ["OverwriteTags", "DeleteSourceBlobOnSuccess"]
  }
}
END
az resource create --id "$targetRegistryID/importPipelines/importpipeline" --is-full-object \
  --api-version 2023-01-01-preview --properties @import.json

# Run the ImportPipeline
cat > import-run.json <<END
{
  "request": {
    "pipelineResourceId": "$targetRegistryID/importPipelines/importpipeline",
    "source": {"type": "AzureStorageBlob", "name": "hello"}
  }
}
END
az resource create --id "$targetRegistryID/pipelineRuns/importrun" \
  --api-version 2023-01-01-preview --properties @import-run.json

az resource wait --ids "$targetRegistryID/pipelineRuns/importrun" --interval 1 --timeout 120 \
  --api-version 2023-01-01-preview --custom "properties.response.status=='Succeeded'"

az resource show --ids "$targetRegistryID/pipelineRuns/importrun" --output tsv \
  --api-version 2023-01-01-preview --query "properties.response.importedArtifacts[]" \
  | grep -x samples/hello:v1

test "$(az storage blob exists --account-name targetstorage --container-name transfer \
  --name hello --account-key "$targetKey" --query exists)" = false

# Verify
az acr repository list --name targetregistry --output tsv | grep -x samples/hello

az acr repository show-tags --name targetregistry --repository samples/hello --output tsv \
  | grep -x v1

digest=$(crane digest "$sourceServer/samples/hello:v1")
crane digest "$targetServer/samples/hello:v1" | grep -x "$digest"

az acr repository show --name targetregistry --image samples/hello:v1 --query digest --output tsv \
  | grep -x "$digest"

crane validate --remote "$targetServer/samples/hello:v1"

# Roles, for storage access by managed identity
az role definition list --name "Storage Blob Data Contributor" --query "[].name" --output tsv \
  | grep -x ba92f5b4-2d11-453d-a403-e96b0029c9fe

az role assignment create --role "Storage Blob Data Contributor" \
  --assignee-object-id "$sourcePrincipalID" --assignee-principal-type ServicePrincipal \
  --scope "$(az storage account show --name sourcestorage --query id --output tsv)"

az role assignment create --role "Storage Blob Data Contributor" --assignee "$ARM_CLIENT_ID" \
  --scope "$(az storage account show --name targetstorage --query id --output tsv)"

az role assignment list --assignee "$sourcePrincipalID" --all \
  --query "[].roleDefinitionName" --output tsv | grep -x "Storage Blob Data Contributor"

az role assignment list --query "length(@)" \
  --scope "$(az storage account show --name sourcestorage --query id --output tsv)" | grep -x 1

az storage container create --name second --account-name targetstorage --auth-mode login

# Clean up
az keyvault secret delete --name acrexportsas --vault-name sourcekeyvault

az resource delete --ids "$sourceRegistryID/pipelineRuns/exportrun" \
  --api-version 2023-01-01-preview

az resource delete --ids "$sourceRegistryID/exportPipelines/exportpipeline" \
  --api-version 2023-01-01-preview

az storage container delete --name second --account-name targetstorage \
  --account-key "$targetKey"

az keyvault delete --resource-group myResourceGroup --name sourcekeyvault

az keyvault list-deleted --resource-type vault --query "[].name" --output tsv \
  | grep -x sourcekeyvault

az keyvault purge --name sourcekeyvault

az storage account delete --resource-group myResourceGroup --name sourcestorage --yes

az acr delete --resource-group myResourceGroup --name sourceregistry --yes

az group delete --name myResourceGroup --yes

az group exists --name myResourceGroup | grep false
