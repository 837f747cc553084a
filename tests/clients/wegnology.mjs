// Calls losant-rest for JavaScript: each line of the input is a call, and each line of the output is its answer, both in JSON.
// A call: {url, token, resource, action, parameters}. An answer: {answer}, or {refused: {status, type, message, members}}.
import { createInterface } from "node:readline";
import process from "node:process";
import losant from "npm:losant-rest@2.8.1";

// What the API has and this release does not know yet: it sends them like all others, with the request that its actions use.
const ACTIONS = {
  deviceNames: ["GET", "/deviceNames"],
  get: ["GET", ""],
  getCompositeState: ["GET", "/compositeState"],
  payloadCounts: ["POST", "/payloadCounts"],
  post: ["POST", ""],
  restore: ["POST", "/restore"],
};
const PARAMETERS = ["attributesAsObject", "queryDeleted", "tagsAsObject"];

function call({ url, token, resource, action, parameters }) {
  const client = losant.createClient({ url, accessToken: token });
  const known = action in client[resource] && !PARAMETERS.some((name) => name in parameters);
  return known ? client[resource][action](parameters) : newer(client, ACTIONS[action], parameters);
}

function newer(client, [method, path], { applicationId, query, options, device, ...others }) {
  const params = { _actions: false, _links: true, _embedded: true, ...others };
  if (query !== undefined) params.query = JSON.stringify(query);
  const body = method === "POST" ? { data: options ?? device ?? {} } : {};
  return client.request({ method, url: `/applications/${applicationId}/devices${path}`, headers: {}, params, ...body });
}

for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = { answer: await call(JSON.parse(line)) };
  } catch (error) {
    if (error.statusCode === undefined) throw error;
    const { statusCode: status, ...members } = error;
    said = { refused: { status, type: error.type, message: error.message, members: ["message", ...Object.keys(members)] } };
  }
  console.log(JSON.stringify(said));
}
