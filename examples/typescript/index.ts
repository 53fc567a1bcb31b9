// A source side, made of its SDK that `pulumi install` generates from the components' schema.
import * as acrtransfer from "@pulumi/acrtransfer";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();

const source = new acrtransfer.SourceSide("transfer", {
    // An existing Premium registry, and the resource group that it lies in.
    registryName: config.require("registry"),
    registryResourceGroup: config.require("group"),
    // What to transfer. Every other input is optional.
    images: ["shop/web:1.4"],
    options: ["OverwriteBlobs"],
});

// A target side finds it under this name.
export const contract = source.contract;
