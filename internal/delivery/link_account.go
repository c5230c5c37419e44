package delivery

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// AccountView is a tool account as the API shows it.
type AccountView struct {
	ID string `bun:"id" json:"id"`
	Origin
	UserName     string     `bun:"user_name" json:"userName"`
	FullName     string     `bun:"full_name" json:"fullName,omitempty"`
	Email        string     `bun:"email" json:"email,omitempty"`
	AvatarURL    string     `bun:"avatar_url" json:"avatarUrl,omitempty"`
	URL          string     `bun:"url" json:"url,omitempty"`
	Organization string     `bun:"organization" json:"organization,omitempty"`
	IsBot        bool       `bun:"is_bot" json:"isBot"`
	PersonID     ref.Person `bun:"person_id" json:"personId,omitempty"`
	PersonName   string     `bun:"person_name" json:"personName,omitempty"`
	PersonBy     string     `bun:"person_by" json:"personBy,omitempty" doc:"How the person was found: email, rule or hand."`
	CreatedAt    *time.Time `bun:"created_at" json:"createdAt,omitempty"`
	Version      int64      `bun:"version" json:"version"`
	// Suggestion is a person of the same name.
	Suggestion *PersonSuggestion `bun:"-" json:"suggestion,omitempty"`
}

// PersonSuggestion is a guess a person may accept.
type PersonSuggestion struct {
	PersonID ref.Person `json:"personId"`
	Name     string     `json:"name"`
	Email    string     `json:"email"`
}

// AccountFilter narrows a list of tool accounts; empty members do not.
type AccountFilter struct {
	Text       string
	Connection ref.Connection
	Person     ref.Person
	// Unlinked keeps accounts of humans that no person is known for.
	Unlinked bool
	Bots     bool
}

// accounts selects from tool_account AS f what the caller may see: everything with the permission on the whole
// organisation, else the accounts of persons in visible units.
func accounts(ctx context.Context, tx db.Tx) *bun.SelectQuery {
	q := tx.NewSelect().TableExpr("tool_account AS f").Join("LEFT JOIN v_person AS p ON p.id = f.person_id").
		ColumnExpr("f.id, f.connection_id, f.external_id, f.user_name, f.full_name, f.email, f.avatar_url, f.url, f.organization, f.is_bot, f.person_id, f.person_by, f.created_at, f.version, p.name AS person_name")
	if condition, args := authz.Condition(ctx, PermView, "p.unit_id"); condition != "" {
		q = q.Where(condition, args...)
	}
	return q
}

// ListAccounts returns one page of tool accounts by user name.
func (s *Service) ListAccounts(ctx context.Context, f AccountFilter, p httpapi.Paging) (page httpapi.Page[AccountView], err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		q := accounts(ctx, tx)
		if text, _ := clean(f.Text, 200); text != "" {
			q = q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
				for _, c := range []string{"f.user_name", "f.full_name", "f.email"} {
					cond, arg := tx.Contains(c, text)
					q = q.WhereOr(cond, arg)
				}
				return q
			})
		}
		if f.Connection != "" {
			q = q.Where("f.connection_id = ?", f.Connection)
		}
		if f.Person != "" {
			q = q.Where("f.person_id = ?", f.Person)
		}
		if f.Unlinked {
			q = q.Where("f.person_id IS NULL AND f.person_by = '' AND NOT f.is_bot")
		}
		if f.Bots {
			q = q.Where("f.is_bot")
		}
		var name string
		var id int64
		if resume, err := httpapi.DecodeCursor(p.Cursor, &name, &id); err != nil {
			return err
		} else if resume {
			q = q.Where("(f.user_name, f.id) > (?, ?)", name, id)
		}
		rows := []AccountView{}
		if err := q.OrderExpr("f.user_name, f.id").Limit(int64(p.Limit)+1).Scan(ctx, &rows); err != nil {
			return err
		}
		page = httpapi.NewPage(rows, p.Limit, func(v AccountView) []any {
			n, _ := ref.ParseFact(v.ID)
			return []any{v.UserName, int64(n)}
		})
		return suggestPersons(ctx, tx, page.Items)
	})
	return page, err
}

// suggestPersons guesses by name who stands behind accounts without a person.
func suggestPersons(ctx context.Context, tx db.Tx, rows []AccountView) error {
	byName := map[string][]int{}
	var names []string
	for i, r := range rows {
		if name := fold(r.FullName); r.PersonID == "" && r.PersonBy == "" && !r.IsBot && name != "" {
			byName[name] = append(byName[name], i)
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil
	}
	var persons []struct {
		ID    ref.Person
		Name  string
		Email string
	}
	q := tx.NewSelect().TableExpr("v_person AS p").ColumnExpr("p.id, p.name, p.email").Where("LOWER(p.name) IN (?)", bun.In(names)).
		Apply(authz.Filter(ctx, PermView, "p.unit_id")).OrderExpr("p.id")
	if err := q.Scan(ctx, &persons); err != nil {
		return err
	}
	for _, p := range persons {
		for _, i := range byName[fold(p.Name)] {
			if rows[i].Suggestion == nil {
				rows[i].Suggestion = &PersonSuggestion{p.ID, p.Name, p.Email}
			}
		}
	}
	return nil
}

// LinkAccount ties an account to a person by hand; the empty person says by hand that nobody stands behind it. Neither
// is undone by what tools tell later.
func (s *Service) LinkAccount(ctx context.Context, id ref.Fact, version int64, person ref.Person) (out AccountView, err error) {
	if p := authz.From(ctx); p == nil || !p.Everywhere(PermLinkAccount) {
		return out, authz.Forbidden(PermLinkAccount)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		before, err := getAccount(ctx, tx, id)
		if err != nil {
			return err
		}
		if version != 0 && version != before.Version {
			return httpapi.Stale(before.Version, before)
		}
		name := ""
		if person != "" {
			err := tx.NewSelect().Table("v_person").Column("name").Where("id = ?", person).Scan(ctx, &name)
			if db.IsNoRows(err) {
				return problem.New(problem.Invalid, "person_unknown", "There is no such person.")
			} else if err != nil {
				return err
			}
		}
		if _, err := tx.NewUpdate().Table("tool_account").Where("id = ?", int64(id)).Set("person_id = ?", textOrNil(string(person))).
			Set("person_by = 'hand'").Set("version = version + 1").Exec(ctx); err != nil {
			return err
		}
		if out, err = getAccount(ctx, tx, id); err != nil {
			return err
		}
		kind, label := EventAccountLinked, before.UserName
		if person == "" {
			kind = EventAccountUnlinked
		}
		return s.events.Append(ctx, tx, events.Event{Kind: kind, SubjectID: out.ID, SubjectLabel: label, Changes: events.Diff(before, out), Data: map[string]any{"person": name}})
	})
	return out, err
}

func getAccount(ctx context.Context, tx db.Tx, id ref.Fact) (AccountView, error) {
	var rows []AccountView
	if err := accounts(ctx, tx).Where("f.id = ?", int64(id)).Scan(ctx, &rows); err != nil {
		return AccountView{}, err
	}
	if len(rows) == 0 {
		return AccountView{}, authz.ErrNotFound
	}
	return rows[0], nil
}

// GetAccount returns one tool account.
func (s *Service) GetAccount(ctx context.Context, id ref.Fact) (out AccountView, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		out, err = getAccount(ctx, tx, id)
		return err
	})
	return out, err
}

// MatchAccounts looks for the persons behind all accounts that have none yet, by e-mail address and by rules, and
// returns how many it found. It runs when persons or rules were added.
func (s *Service) MatchAccounts(ctx context.Context) (matched int64, err error) {
	if p := authz.From(ctx); p == nil || !p.Everywhere(PermLinkAccount) {
		return 0, authz.Forbidden(PermLinkAccount)
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		matched = 0
		rules, err := s.currentRules(ctx, tx)
		if err != nil {
			return err
		}
		var rows []struct {
			ID           int64
			ConnectionID ref.Connection
			UserName     string
			Email        string
		}
		if err := tx.NewSelect().Table("tool_account").Column("id", "connection_id", "user_name", "email").
			Where("person_id IS NULL AND person_by = '' AND NOT is_bot").OrderExpr("id").Scan(ctx, &rows); err != nil {
			return err
		}
		k := newKnown(rules)
		m := gather("", nil)
		for _, r := range rows {
			for _, e := range []string{r.Email, rules.email(r.ConnectionID, r.UserName)} {
				if e != "" {
					m.emails[e] = true
				}
			}
		}
		if err := k.loadPersons(ctx, tx, m); err != nil {
			return err
		}
		for _, r := range rows {
			person, by := k.person(r.ConnectionID, r.Email, r.UserName)
			if person == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE tool_account SET person_id = ?, person_by = ?, version = version + 1 WHERE id = ?`, person, by, r.ID); err != nil {
				return err
			}
			matched++
		}
		if matched == 0 {
			return nil
		}
		return s.events.Append(ctx, tx, events.Event{Kind: EventAccountsMatched, SubjectID: "all", SubjectLabel: "Tool accounts", Data: map[string]any{"count": matched}})
	})
	return matched, err
}
