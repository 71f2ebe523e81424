import { PolicyPack } from "@pulumi/policy";
import { policies } from "./policies.js";

new PolicyPack("cluster-security", { policies });
