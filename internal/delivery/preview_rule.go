package delivery

import (
	"context"
	"slices"
	"sort"

	"github.com/uptrace/bun"

	"millrace/internal/platform/db"
	"millrace/internal/platform/ref"
)

// RulePreview tells what stored records would map to.
type RulePreview struct {
	Changes []RuleEffect `json:"changes" nullable:"false"`
	// Records is how many records would change, Examined how many were looked at.
	Records  int64 `json:"records"`
	Examined int64 `json:"examined"`
	// Complete is false when there are more records than a preview looks at; it looks at the newest.
	Complete bool `json:"complete"`
}

// RuleEffect is records that would change alike.
type RuleEffect struct {
	Kind      RecordKind `json:"kind"`
	From      ref.App    `json:"fromApplicationId,omitempty"`
	To        ref.App    `json:"toApplicationId,omitempty"`
	FromClass string     `json:"fromEnvironmentClass,omitempty"`
	ToClass   string     `json:"toEnvironmentClass,omitempty"`
	Count     int64      `json:"count"`
	Samples   []string   `json:"samples" nullable:"false"`
}

// previewRecords is how many records of one kind a preview looks at.
const previewRecords = 100_000

// PreviewRule tells what would change if a rule were added, or replaced the rule with the given id. Nothing is stored.
func (s *Service) PreviewRule(ctx context.Context, in NewRule, replaces string) (out RulePreview, err error) {
	if err := mayChangeRules(ctx); err != nil {
		return out, err
	}
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		out = RulePreview{Changes: []RuleEffect{}, Complete: true}
		rule, err := in.rule(ctx, tx)
		if err != nil {
			return err
		}
		var all []Rule
		if err := tx.NewSelect().Model(&all).OrderExpr("r.id").Scan(ctx); err != nil {
			return err
		}
		rule.ID = replaces
		all = append(slices.DeleteFunc(all, func(r Rule) bool { return r.ID == replaces }), rule)
		p := previewer{rules: compileRules(0, all), effects: map[effectKey]*RuleEffect{}, out: &out}
		for _, t := range []*table{tDeployment, tIncident, tBoard, tWorkItem, tPipelineRun, tTestRun, tArtifact} {
			if err := p.table(ctx, tx, t); err != nil {
				return err
			}
		}
		for _, e := range p.effects {
			out.Changes = append(out.Changes, *e)
		}
		sort.Slice(out.Changes, func(i, j int) bool { return out.Changes[i].Count > out.Changes[j].Count })
		return nil
	})
	return out, err
}

// effectKey is what records that change alike have in common.
type effectKey struct {
	kind               RecordKind
	from, to           ref.App
	fromClass, toClass string
}

type previewer struct {
	rules   *ruleset
	effects map[effectKey]*RuleEffect
	out     *RulePreview
}

func (p *previewer) table(ctx context.Context, tx db.Tx, t *table) error {
	order := "id"
	if slices.Contains(t.columns, "at") {
		order = "at DESC, id"
	}
	var rows []mappable
	if err := selectMappable(tx, t).OrderExpr(order).Limit(previewRecords+1).Scan(ctx, &rows); err != nil {
		return err
	}
	if len(rows) > previewRecords {
		rows, p.out.Complete = rows[:previewRecords], false
	}
	p.out.Examined += int64(len(rows))
	for _, chunk := range db.Chunks(rows, 1000) {
		k := newKnown(p.rules)
		if err := k.loadFor(ctx, tx, chunk); err != nil {
			return err
		}
		if err := p.imagine(ctx, tx, k); err != nil {
			return err
		}
		for _, r := range chunk {
			d, changed := k.redecide(t, r)
			if !changed || (d.app == r.ApplicationID && d.class == r.EnvironmentClass) {
				continue
			}
			key := effectKey{kind: kindOf[t], from: r.ApplicationID, to: d.app}
			if d.class != r.EnvironmentClass {
				key.fromClass, key.toClass = r.EnvironmentClass, d.class
			}
			e := p.effects[key]
			if e == nil {
				e = &RuleEffect{Kind: key.kind, From: key.from, To: key.to, FromClass: key.fromClass, ToClass: key.toClass, Samples: []string{}}
				p.effects[key] = e
			}
			e.Count++
			p.out.Records++
			if len(e.Samples) < 5 {
				e.Samples = append(e.Samples, ref.Fact(r.ID).String())
			}
		}
	}
	return nil
}

// imagine replaces what repositories belong to by what they would belong to.
func (p *previewer) imagine(ctx context.Context, tx db.Tx, k *known) error {
	ids := make([]ref.Fact, 0, len(k.keys))
	for id := range k.keys {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return nil
	}
	catalogue, err := catalogueOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	var repositories []struct {
		ID           ref.Fact
		ConnectionID ref.Connection
	}
	if err := tx.NewSelect().Table("repository").Column("id", "connection_id").Where("id IN (?)", bun.In(ids)).Scan(ctx, &repositories); err != nil {
		return err
	}
	for _, r := range repositories {
		k.applications[r.ID] = p.rules.repositoryApplications(r.ConnectionID, k.keys[r.ID], catalogue[r.ID])
	}
	return nil
}
