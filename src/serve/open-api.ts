// The API described for programs: OpenAPI 3.1, made from the table of addresses.

import { HTTP_ERRORS } from "./api/http-error.js";
import { type Parameter } from "./api/parameters.js";
import { type Route } from "./api/route.js";

const ERROR = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: {
        code: { type: "string", pattern: "^ERR_[A-Z_]+$" },
        message: { type: "string" },
      },
    },
  },
};

/** The document. `version`: that of irqtwin. */
export function openApi(routes: readonly Route[], version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = `/api${route.path.replace(/:(\w+)/g, "{$1}")}`;
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(route) };
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "irqtwin serve",
      version,
      description:
        "Times are decimal text in units of the recording's clock. Every request needs the cookie of a link, or " +
        `Authorization: Bearer. Codes of the server: ${Object.keys(HTTP_ERRORS).join(", ")}; the others are irqtwin's.`,
    },
    security: [{ bearer: [] }],
    components: {
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      schemas: { Error: ERROR },
    },
    paths,
  };
}

function operationOf({ path, summary, parameters, takes, takesBytes, answers }: Route): object {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = Object.entries(parameters).map(([name, parameter]) => ({
    name,
    in: "query",
    required: parameter.must === true,
    description: parameter.help,
    schema: schemaOf(parameter),
  }));
  const error = { $ref: "#/components/schemas/Error" };
  return {
    summary,
    parameters: [...inPath, ...inQuery],
    ...bodyOf("application/json", takes),
    ...bodyOf("application/octet-stream", takesBytes && BYTES),
    responses: {
      "200": { description: answers },
      default: { description: "why not", content: { "application/json": { schema: error } } },
    },
  };
}

const BYTES = { type: "string", format: "binary" };

/** What the body of a request is; undefined = it has none of this type. */
function bodyOf(type: string, schema: object | undefined): object {
  return schema === undefined
    ? {}
    : { requestBody: { required: true, content: { [type]: { schema } } } };
}

function schemaOf({ type, choices }: Parameter): object {
  if (choices !== undefined) return { type: "string", enum: choices };
  return { type: type === "count" ? "integer" : type === "flag" ? "boolean" : "string" };
}
