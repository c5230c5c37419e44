package httpapi

import (
	"html/template"
	"net/http"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

var docsPage = template.Must(template.New("docs").Parse(`<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><title>Millrace API</title>
<style>:root{color-scheme:light dark}body{font:14px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2rem;text-transform:capitalize}details{border-top:1px solid #8884;padding:.4rem 0}summary{cursor:pointer}
code{font:13px ui-monospace,monospace}.m{display:inline-block;width:4.5rem;font-weight:600}.p{float:right;opacity:.75}
table{border-collapse:collapse;margin:.5rem 0 .5rem 1rem}td,th{padding:.15rem .8rem .15rem 0;text-align:left;vertical-align:top}</style>
<h1>Millrace API {{.Version}}</h1>
<p>Every address below speaks JSON. Sign in with <code>Authorization: Bearer TOKEN</code>. Errors are
<code>application/problem+json</code> with a stable <code>code</code>. POST takes <code>Idempotency-Key</code>, changes take
<code>If-Match</code>. The same as a document: <a href="/api/openapi.json">openapi.json</a>.</p>
{{range .Groups}}<h2 id="{{.Tag}}">{{.Tag}}</h2>{{range .Operations}}<details id="{{.ID}}"><summary><span class="m">{{.Method}}</span>
<code>{{.Path}}</code> — {{.Summary}}<span class="p">{{.Permission}}</span></summary>
{{with .Description}}<p>{{.}}</p>{{end}}{{if .Params}}<table><tr><th>Parameter</th><th>In</th><th>Meaning</th></tr>
{{range .Params}}<tr><td><code>{{.Name}}</code></td><td>{{.In}}</td><td>{{.Description}}</td></tr>{{end}}</table>{{end}}
{{with .Body}}<p>Body: <a href="#schema-{{.}}">{{.}}</a></p>{{end}}{{with .Answer}}<p>Answer: <a href="#schema-{{.}}">{{.}}</a></p>{{end}}</details>{{end}}{{end}}
<h2>Schemas</h2>{{range .Schemas}}<details id="schema-{{.Name}}"><summary><code>{{.Name}}</code></summary><table>
{{range .Fields}}<tr><td><code>{{.Name}}</code></td><td>{{.Type}}</td><td>{{.Description}}</td></tr>{{end}}</table></details>{{end}}</html>`))

type docsOperation struct {
	ID, Method, Path, Summary, Description, Permission, Body, Answer string
	Params                                                           []*huma.Param
}

type docsGroup struct {
	Tag        string
	Operations []docsOperation
}

type docsField struct{ Name, Type, Description string }

type docsSchema struct {
	Name   string
	Fields []docsField
}

// serveDocs renders the document as a page that needs nothing from outside.
func (a *API) serveDocs(w http.ResponseWriter, _ *http.Request) {
	doc := a.huma.OpenAPI()
	byTag := map[string]*docsGroup{}
	var tags []string
	for path, item := range doc.Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch, "DELETE": item.Delete} {
			if op == nil || len(op.Tags) == 0 {
				continue
			}
			g := byTag[op.Tags[0]]
			if g == nil {
				g = &docsGroup{Tag: op.Tags[0]}
				byTag[g.Tag] = g
				tags = append(tags, g.Tag)
			}
			permission, _ := op.Extensions["x-permission"].(string)
			d := docsOperation{ID: op.OperationID, Method: method, Path: path, Summary: op.Summary, Description: op.Description, Permission: permission, Params: op.Parameters}
			if op.RequestBody != nil {
				d.Body = schemaOf(op.RequestBody.Content)
			}
			for _, status := range []string{"200", "201", "202"} {
				if r := op.Responses[status]; r != nil && d.Answer == "" {
					d.Answer = schemaOf(r.Content)
				}
			}
			g.Operations = append(g.Operations, d)
		}
	}
	sort.Strings(tags)
	var groups []docsGroup
	for _, t := range tags {
		g := byTag[t]
		sort.Slice(g.Operations, func(i, j int) bool {
			return g.Operations[i].Path+g.Operations[i].Method < g.Operations[j].Path+g.Operations[j].Method
		})
		groups = append(groups, *g)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	_ = docsPage.Execute(w, map[string]any{"Version": doc.Info.Version, "Groups": groups, "Schemas": docsSchemas(doc)})
}

func docsSchemas(doc *huma.OpenAPI) []docsSchema {
	var out []docsSchema
	for name, s := range doc.Components.Schemas.Map() {
		d := docsSchema{Name: name}
		for field, p := range s.Properties {
			d.Fields = append(d.Fields, docsField{Name: field, Type: typeName(p), Description: p.Description})
		}
		sort.Slice(d.Fields, func(i, j int) bool { return d.Fields[i].Name < d.Fields[j].Name })
		out = append(out, d)
	}
	sort.Slice(out, func(i, j int) bool { return out[i].Name < out[j].Name })
	return out
}

func schemaOf(content map[string]*huma.MediaType) string {
	m := content["application/json"]
	if m == nil || m.Schema == nil {
		return ""
	}
	return typeName(m.Schema)
}

func typeName(s *huma.Schema) string {
	switch {
	case s.Ref != "":
		return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
	case s.Items != nil:
		return "list of " + typeName(s.Items)
	case s.Format != "":
		return s.Type + " (" + s.Format + ")"
	}
	return s.Type
}
