export interface SchemaHelp {
  path: string;
  title?: string;
  description?: string;
  options?: string[];
}

interface Schema {
  title?: string;
  description?: string;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  items?: Schema;
}

/** What a JSON schema says about each field, flat, in its order: "deploymentTags[].pattern". */
export function schemaHelp(schema: unknown, at = ""): SchemaHelp[] {
  const s = (schema ?? {}) as Schema;
  const out: SchemaHelp[] = [];
  for (const [name, field] of Object.entries(s.properties ?? {})) {
    const path = at ? `${at}.${name}` : name;
    out.push({
      path,
      title: field.title,
      description: field.description,
      options: field.enum?.filter((o) => o !== "").map(String),
    });
    out.push(...schemaHelp(field, path));
    if (field.items) out.push(...schemaHelp(field.items, `${path}[]`));
  }
  return out;
}
