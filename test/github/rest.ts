// SPDX-License-Identifier: GPL-2.0-or-later
// GitHub's published description of its REST interface, as a judge of what we send and of what the fake answers.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { z } from 'zod';

interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}
type Schema = Record<string, unknown>;
interface Content {
  content?: Record<string, { schema?: Schema; examples?: Record<string, { value?: unknown } | { $ref: string }> }>;
}
interface Operation {
  operationId: string;
  parameters?: (Parameter | { $ref: string })[];
  requestBody?: Content & { required?: boolean };
  responses: Record<string, Content | { $ref: string }>;
}

const description = JSON.parse(
  readFileSync(createRequire(import.meta.url).resolve('@octokit/openapi/generated/api.github.com.json'), 'utf8'),
) as { paths: Record<string, Record<string, Operation>>; components: Record<string, Record<string, unknown>> };

/** Follows a reference. */
function at<T>(value: T | { $ref: string }): T {
  if (value === null || typeof value !== 'object' || !('$ref' in value)) return value as T;
  const path = value.$ref.replace('#/', '').split('/');
  return path.reduce<unknown>((node, key) => (node as Record<string, unknown>)[key], description) as T;
}

export interface Route {
  operation: Operation;
  /** Values of the path's parameters, decoded. */
  params: Record<string, string>;
}

// One operation is described twice, under its old name as well.
const paths = Object.entries(description.paths).filter(([path]) => !path.includes('}...{'));
const routes = paths.map(([path, methods]) => {
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = '']) => name);
  const pattern = path
    .replace(/[.+?^$()|[\]\\]/g, '\\$&')
    .replace(/\{path\}/, '(.+)')
    .replace(/\{[^}]+\}/g, '([^/]+)');
  return { names, methods, pattern: new RegExp(`^${pattern}$`), fixed: path.replace(/\{[^}]+\}/g, '').length };
});

/** The operation of a request; undefined where the interface has none such. */
export function routeOf(method: string, path: string): Route | undefined {
  const fitting = routes
    .filter(({ pattern, methods }) => pattern.test(path) && methods[method.toLowerCase()])
    .sort((a, b) => b.fixed - a.fixed);
  const [best] = fitting;
  const operation = best?.methods[method.toLowerCase()];
  if (!best || !operation) return undefined;
  const values = best.pattern.exec(path)?.slice(1) ?? [];
  return {
    operation,
    params: Object.fromEntries(best.names.map((name, i) => [name, decodeURIComponent(values[i] ?? '')])),
  };
}

/** What a request does wrong, in words; empty where it is as described. */
export function faultsOf({ operation, params }: Route, query: URLSearchParams, body: unknown): string[] {
  const parameters = (operation.parameters ?? []).map((one) => at<Parameter>(one));
  const faults: string[] = [];
  for (const { name, in: where, required, schema } of parameters) {
    const text = where === 'path' ? params[name] : where === 'query' ? (query.get(name) ?? undefined) : undefined;
    if (where === 'header') continue;
    if (text === undefined) {
      if (required) faults.push(`${name} is missing`);
      continue;
    }
    const type = (at<Schema>(schema) as { type?: string }).type;
    const value = type === 'integer' ? Number(text) : type === 'boolean' ? text === 'true' : text;
    faults.push(...judge(schema, value).map((fault) => `${name}: ${fault}`));
  }
  const known = new Set(parameters.filter((one) => one.in === 'query').map(({ name }) => name));
  for (const name of query.keys()) if (!known.has(name)) faults.push(`no such parameter: ${name}`);
  const schema = operation.requestBody?.content?.['application/json']?.schema;
  if (!schema) {
    if (body !== undefined) faults.push('no body is taken');
  } else if (body !== undefined) {
    faults.push(...judge(schema, body), ...unknownKeys(at<Schema>(schema), body, ''));
  } else if (operation.requestBody?.required) faults.push('the body is missing');
  return faults;
}

/** What an answer does wrong; empty where it is as described. */
export function answerFaults({ operation }: Route, status: number, body: unknown): string[] {
  const response = operation.responses[String(status)];
  if (!response) return [`${operation.operationId} never answers ${status}`];
  const schema = at<Content>(response).content?.['application/json']?.schema;
  return schema ? judge(schema, body) : [];
}

/** The published example of an operation's answer. */
export function exampleOf(method: string, path: string, status = 200): Record<string, unknown> {
  const response = at<Content>(routeOf(method, path)?.operation.responses[String(status)] ?? {});
  const [example] = Object.values(response.content?.['application/json']?.examples ?? {});
  if (!example) throw new Error(`no example of ${method} ${path}`);
  return structuredClone(at<{ value: unknown }>(example as never).value) as Record<string, unknown>;
}

const compiled = new Map<Schema, z.ZodType>();

function judge(schema: Schema, value: unknown): string[] {
  let type = compiled.get(schema);
  if (!type) {
    const defs: Record<string, unknown> = {};
    const own = localRefs(schema, defs);
    type = z.fromJSONSchema({ ...own, definitions: defs } as never, { defaultTarget: 'openapi-3.0' });
    compiled.set(schema, type);
  }
  const read = type.safeParse(value);
  return read.success ? [] : read.error.issues.slice(0, 5).map((one) => `${one.path.join('.')}: ${one.message}`);
}

/** References to the description's components become ones into `defs`. */
function localRefs(schema: unknown, defs: Record<string, unknown>): Schema {
  if (Array.isArray(schema)) return schema.map((one) => localRefs(one, defs)) as never;
  if (schema === null || typeof schema !== 'object') return schema as never;
  if ('$ref' in schema) {
    const name = String(schema.$ref).replace('#/components/', '').replaceAll('/', '.');
    if (!(name in defs)) {
      defs[name] = {};
      defs[name] = localRefs(at(schema as { $ref: string }), defs);
    }
    return { $ref: `#/definitions/${name}` };
  }
  // Example values are no part of the rules, and may hold anything.
  const entries = Object.entries(schema).filter(
    ([key, inner]) =>
      !(
        /^examples?$|^description$|^title$|^externalDocs$/.test(key) &&
        (typeof inner !== 'object' || key.startsWith('example'))
      ),
  );
  return Object.fromEntries(entries.map(([key, inner]) => [key, localRefs(inner, defs)]));
}

/** Names that a body has and the description does not know: most likely misspelled. */
function unknownKeys(schema: Schema, value: unknown, path: string): string[] {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) {
    const items = schema.items === undefined ? undefined : at<Schema>(schema.items as Schema);
    return items ? value.flatMap((one, index) => unknownKeys(items, one, `${path}[${index}]`)) : [];
  }
  const properties = schema.properties as Record<string, Schema> | undefined;
  if (!properties) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const known = properties[key];
    return known ? unknownKeys(at<Schema>(known), inner, `${path}.${key}`) : [`${path}.${key}: no such field`];
  });
}
