import type { OpenAPI, OpenAPIV3, OpenAPIV3_1 } from 'openapi-types';

type Operation = OpenAPIV3.OperationObject | OpenAPIV3_1.OperationObject;

/** The OpenAPI document for people: one table, no script. */
export function apiPage(document: OpenAPI.Document, serverUrl: string): string {
  const paths = 'openapi' in document ? document.paths : {};
  const rows = Object.entries(paths ?? {}).flatMap(([path, item]) =>
    (['get', 'post', 'delete'] as const).flatMap((method) => {
      const operation = item?.[method];
      return operation ? [row(method, path, operation)] : [];
    }),
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Weir: the API</title>
<link rel="stylesheet" href="/api/v1/page.css">
<h1>Weir: the API</h1>
<p>JSON for scripts of the user who runs the server. A refusal is <code>{code, what, wayOut}</code>.
The whole description: <a href="/api/v1/openapi.json">openapi.json</a>.</p>
<pre>curl ${escape(serverUrl)}/api/v1/state</pre>
<table>
<thead><tr><th>Request<th>Does<th>Body</thead>
<tbody>${rows.join('\n')}</tbody>
</table>
</html>`;
}

export const API_PAGE_CSS = `:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.4rem 0.8rem 0.4rem 0; border-bottom: 1px solid #8885; }
code, pre { font: 0.9em ui-monospace, monospace; }
`;

function row(method: string, path: string, { summary, requestBody }: Operation): string {
  return `<tr><td><code>${method.toUpperCase()} ${escape(path)}</code><td>${escape(summary ?? '')}<td>${bodyFields(requestBody)}`;
}

function bodyFields(body: Operation['requestBody']): string {
  const schema = body && 'content' in body ? body.content['application/json']?.schema : undefined;
  const fields = schema && 'properties' in schema ? Object.keys(schema.properties ?? {}) : [];
  return fields.map((field) => `<code>${escape(field)}</code>`).join(', ');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
