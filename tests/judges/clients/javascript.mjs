// One call of the AWS SDK for JavaScript for each line of JSON on stdin; the answer is one line on stdout.
// Usage: node javascript.mjs v2|v3 URL
import { createInterface } from "node:readline";

const [version, endpoint] = process.argv.slice(2);
const PACKAGES = { resourcegroupstaggingapi: "resource-groups-tagging-api" };
const NAMES = { backup: "Backup", resourcegroupstaggingapi: "ResourceGroupsTaggingAPI" };
const credentials = { accessKeyId: "AKID", secretAccessKey: "secret" };
const named = (service) => NAMES[service] ?? service.toUpperCase();
const plain = (value) => value ?? {};

async function v3({ service, operation, region, parameters }) {
  const sdk = await import(`@aws-sdk/client-${PACKAGES[service] ?? service}`);
  const client = new sdk[`${named(service)}Client`]({ endpoint, region, credentials });
  try {
    const { $metadata, ...result } = await client.send(new sdk[`${operation}Command`](parameters));
    return { result: plain(result) };
  } catch (error) {
    const typed = error.constructor.name === error.name;
    return { code: error.name, message: error.message, status: error.$metadata?.httpStatusCode, typed };
  }
}

async function v2({ service, operation, region, parameters }) {
  const { default: sdk } = await import("aws-sdk");
  const client = new sdk[named(service)]({ endpoint, region, credentials });
  const method = operation[0].toLowerCase() + operation.slice(1);
  try {
    return { result: plain(await client[method](parameters).promise()) };
  } catch (error) {
    return { code: error.code, message: error.message, status: error.statusCode };
  }
}

process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
for await (const line of createInterface({ input: process.stdin })) {
  const answer = await { v2, v3 }[version](JSON.parse(line));
  console.log(JSON.stringify(answer));
}
