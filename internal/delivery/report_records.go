package delivery

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// draft is a record sent through the API: every member may be left out, and the application and the repository may be
// named as people do.
type draft[T any] struct {
	record T
	extras draftExtras
}

type draftExtras struct {
	Application string `json:"application"`
	Repository  string `json:"repository"`
	Commit      string `json:"commit"`
}

// UnmarshalJSON reads the record and what stands beside it.
func (d *draft[T]) UnmarshalJSON(raw []byte) error {
	if err := json.Unmarshal(raw, &d.extras); err != nil {
		return err
	}
	return json.Unmarshal(raw, &d.record)
}

// Schema describes the record with nothing required.
func (draft[T]) Schema(r huma.Registry) *huma.Schema {
	s := *huma.SchemaFromType(r, reflect.TypeFor[T]())
	properties := map[string]*huma.Schema{}
	for name, p := range s.Properties {
		if name != "kind" && name != "partial" {
			properties[name] = p
		}
	}
	for name, doc := range map[string]string{
		"application": "Key, alias, name or id of the application.", "repository": "Any address of the repository.", "commit": "The commit it is about.",
	} {
		if properties[name] == nil {
			properties[name] = &huma.Schema{Type: huma.TypeString, Description: doc}
		}
	}
	s.Properties, s.Required = properties, nil
	s.PrecomputeMessages()
	return &s
}

// reportRecords takes drafts in and reads back what is stored of them.
func reportRecords[T, V any](ctx context.Context, s *Service, in []draft[T], build func(*T, draftExtras, string, time.Time) (reported, error),
	read func(context.Context, db.Tx, []ref.Fact) (map[ref.Fact]V, error)) ([]Outcome[V], error) {
	items := draftItems(ctx, in, build, s.clock.Now())
	if err := s.report(ctx, items); err != nil {
		return nil, err
	}
	return outcomes(ctx, s, items, read)
}

func draftItems[T any](ctx context.Context, in []draft[T], build func(*T, draftExtras, string, time.Time) (reported, error), now time.Time) []reported {
	items := make([]reported, len(in))
	for i := range in {
		record := in[i].record
		item, err := build(&record, in[i].extras, externalIDFor(ctx, i), now)
		item.err = err
		items[i] = item
	}
	return items
}

func head(h *Head, kind RecordKind, id string) {
	h.Kind, h.Partial = kind, false
	if h.ExternalID == "" {
		h.ExternalID = id
	}
}

func readResult(result *string, raw *string) error {
	if *result == "" {
		return nil
	}
	word, ok := ParseResult(*result)
	if !ok {
		return problem.New(problem.Invalid, "result_unknown", "The result is not a word that is known; use SUCCESS, FAILURE or CANCELLED.")
	}
	if *raw == "" {
		*raw = *result
	}
	*result = word
	return nil
}

func repositoryOf(into *string, x draftExtras) error {
	if x.Repository == "" {
		return nil
	}
	if *into = address(x.Repository); *into == "" {
		return problem.New(problem.Invalid, "repository_malformed", "This is not an address of a repository.")
	}
	return nil
}

func draftWorkItem(r *WorkItem, x draftExtras, id string, now time.Time) (reported, error) {
	head(&r.Head, KindWorkItem, id)
	if r.UpdatedAt == nil {
		r.UpdatedAt = &now
	}
	if r.CreatedAt == nil {
		r.CreatedAt = &now
	}
	return reported{application: r.Application, records: []Record{r}}, nil
}

func draftChangeRequest(r *ChangeRequest, x draftExtras, id string, now time.Time) (reported, error) {
	head(&r.Head, KindChangeRequest, id)
	if r.UpdatedAt == nil {
		r.UpdatedAt = &now
	}
	if r.MergeCommitSHA == "" {
		r.MergeCommitSHA = x.Commit
	}
	if r.Status == "" {
		switch {
		case r.MergedAt != nil:
			r.Status = ChangeMerged
		case r.ClosedAt != nil:
			r.Status = ChangeClosed
		default:
			r.Status = ChangeOpen
		}
	}
	return reported{records: []Record{r}}, repositoryOf(&r.BaseRepoID, x)
}

func draftCommit(r *Commit, x draftExtras, _ string, _ time.Time) (reported, error) {
	if r.SHA == "" {
		r.SHA = x.Commit
	}
	m := rowMaker{}
	r.SHA = m.sha(r.SHA, "sha", true)
	r.Head = Head{Kind: KindCommit, ExternalID: r.SHA}
	out := reported{records: []Record{r}}
	if len(m.faults) > 0 {
		return out, invalid(m.faults)
	}
	if x.Repository == "" {
		x.Repository = r.RepoURL
	}
	if x.Repository == "" {
		return out, problem.New(problem.Invalid, "repository_required", "A commit needs the repository it is in.")
	}
	r.RepoID = ""
	return out, repositoryOf(&r.RepoURL, x)
}

func draftPipelineRun(r *PipelineRun, x draftExtras, id string, now time.Time) (reported, error) {
	head(&r.Head, KindPipelineRun, id)
	if r.UpdatedAt == nil {
		r.UpdatedAt = &now
	}
	out := reported{records: []Record{r}}
	if err := readResult(&r.Result, &r.ResultRaw); err != nil {
		return out, err
	}
	repository := ""
	if err := repositoryOf(&repository, x); err != nil {
		return out, err
	}
	if x.Commit != "" {
		out.records = append(out.records, &PipelineRunCommit{
			Head: Head{Kind: KindPipelineRunCommit, ExternalID: r.ExternalID + "|" + x.Commit}, PipelineRunID: r.ExternalID, CommitSHA: x.Commit, RepoURL: repository,
		})
	}
	return out, nil
}

func draftTestRun(r *TestRun, x draftExtras, id string, now time.Time) (reported, error) {
	head(&r.Head, KindTestRun, id)
	if r.UpdatedAt == nil {
		r.UpdatedAt = &now
	}
	if r.CommitSHA == "" {
		r.CommitSHA = x.Commit
	}
	out := reported{application: r.Application, records: []Record{r}}
	if err := readResult(&r.Result, &r.ResultRaw); err != nil {
		return out, err
	}
	return out, repositoryOf(&r.RepoURL, x)
}

func draftArtifact(r *Artifact, x draftExtras, id string, now time.Time) (reported, error) {
	head(&r.Head, KindArtifact, id)
	if r.CreatedAt == nil {
		r.CreatedAt = &now
	}
	if r.CommitSHA == "" {
		r.CommitSHA = x.Commit
	}
	return reported{application: r.Application, records: []Record{r}}, repositoryOf(&r.RepoURL, x)
}

// viewsOf returns a reader of facts by id for whoever just reported them.
func viewsOf[V any](l list, id func(V) string) func(context.Context, db.Tx, []ref.Fact) (map[ref.Fact]V, error) {
	return func(ctx context.Context, tx db.Tx, ids []ref.Fact) (map[ref.Fact]V, error) {
		rows := []V{}
		q := columnsOf[V](tx.NewSelect().TableExpr(l.table.name + " AS f"))
		if err := q.Where("f.id IN (?)", bun.In(ids)).Scan(ctx, &rows); err != nil {
			return nil, err
		}
		return byID(rows, id), nil
	}
}

// Stored names a record that was taken.
type Stored struct {
	ID         string     `json:"id,omitempty" doc:"Absent for records that only join two others."`
	Kind       RecordKind `json:"kind"`
	ExternalID string     `json:"externalId"`
}

// ReportRecords takes normalised records of any kind. It is for those who may report everywhere, because such records
// may belong to any application.
func (s *Service) ReportRecords(ctx context.Context, connection ref.Connection, raw []json.RawMessage) ([]Outcome[Stored], error) {
	if p := authz.From(ctx); p == nil || !p.Everywhere(PermReport) {
		return nil, authz.Forbidden(PermReport)
	}
	out := make([]Outcome[Stored], len(raw))
	batch := Batch{Connection: connection, Source: "API", Interactive: true}
	for i, r := range raw {
		record, err := DecodeRecord(r)
		if err != nil {
			out[i].Err = err
			continue
		}
		h := record.RecordHead()
		out[i].Item = Stored{Kind: h.Kind, ExternalID: h.ExternalID}
		if c, ok := record.(*Commit); ok && c.RepoURL != "" {
			out[i].Item.ID = CommitID(RepositoryID(c.RepoURL), c.SHA).String()
		} else if t := tableOf[h.Kind]; t != nil && t.keys == 1 && t != tCommit && h.ExternalID != "" {
			out[i].Item.ID = FactID(connection, h.Kind, h.ExternalID).String()
		}
		batch.Records = append(batch.Records, record)
		batch.element = append(batch.element, i)
	}
	if len(batch.Records) == 0 {
		return out, nil
	}
	res, err := s.Ingest(ctx, batch)
	if err != nil {
		return nil, err
	}
	for _, r := range res.Rejected {
		out[batch.element[r.Index]].Err = r.Err
	}
	return out, nil
}
