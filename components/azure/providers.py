"""Providers for other subscriptions, signed in as the stack's own provider is."""

import os

import pulumi
import pulumi_azure_native as azure_native


def provider_for(name: str, subscription: str, parent: pulumi.Resource) -> azure_native.Provider:
    """Make a provider for another subscription, with every sign-in setting of the stack.

    An explicit provider reads the variables of the environment, but not the stack's settings. The
    cloud is the exception: its class says `public` where it is told nothing, and what it says
    counts more than a variable. An empty text leaves the choice to the provider, as with az login.
    """
    config = pulumi.Config("azure-native")
    variables = os.environ.get("ARM_ENVIRONMENT") or os.environ.get("AZURE_ENVIRONMENT")
    return azure_native.Provider(
        name,
        subscription_id=subscription,
        tenant_id=config.get("tenantId"),
        auxiliary_tenant_ids=config.get_object("auxiliaryTenantIds"),
        environment=config.get("environment") or variables or "",
        metadata_host=config.get("metadataHost"),
        disable_instance_discovery=config.get_bool("disableInstanceDiscovery"),
        client_id=config.get("clientId"),
        client_secret=config.get_secret("clientSecret"),
        client_certificate_path=config.get("clientCertificatePath"),
        client_certificate_password=config.get_secret("clientCertificatePassword"),
        oidc_token=config.get_secret("oidcToken"),
        oidc_token_file_path=config.get("oidcTokenFilePath"),
        oidc_request_token=config.get_secret("oidcRequestToken"),
        oidc_request_url=config.get("oidcRequestUrl"),
        use_oidc=config.get_bool("useOidc"),
        use_msi=config.get_bool("useMsi"),
        msi_endpoint=config.get("msiEndpoint"),
        use_default_azure_credential=config.get_bool("useDefaultAzureCredential"),
        partner_id=config.get("partnerId"),
        disable_pulumi_partner_id=config.get_bool("disablePulumiPartnerId"),
        opts=pulumi.ResourceOptions(parent=parent),
    )
