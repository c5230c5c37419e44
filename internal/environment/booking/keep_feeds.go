package booking

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/db"
	"millrace/internal/platform/events"
	"millrace/internal/platform/httpapi"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// CalendarFeed is a private address under which calendars read bookings.
type CalendarFeed struct {
	bun.BaseModel `bun:"table:calendar_feed,alias:cf" json:"-"`

	ID        string     `bun:"id,pk" json:"id"`
	Owner     string     `bun:"owner_id" json:"-"`
	Name      string     `bun:"name" json:"name"`
	Query     Filter     `bun:"query,type:jsonb" json:"filter"`
	TokenHash string     `bun:"token_hash" json:"-"`
	CreatedAt time.Time  `bun:"created_at" json:"createdAt"`
	ReadAt    *time.Time `bun:"read_at" json:"readAt,omitempty" doc:"When a calendar last read it, to the hour."`
}

// NewFeed is what CreateFeed takes.
type NewFeed struct {
	Name   string `json:"name" minLength:"1" maxLength:"120"`
	Filter Filter `json:"filter,omitzero" doc:"Which bookings; one's own when empty."`
}

// CreatedFeed is a feed with its address, which is shown this once.
type CreatedFeed struct {
	CalendarFeed
	URL string `json:"url" doc:"Keep it to yourself: whoever has it reads the feed. It is not shown again."`
}

// The window of a feed.
const (
	feedBack  = 90 * 24 * time.Hour
	feedAhead = 366 * 24 * time.Hour
)

// CreateFeed makes a private address; only the hash of its secret is kept.
func (s *Service) CreateFeed(ctx context.Context, in NewFeed) (CreatedFeed, error) {
	p := authz.From(ctx)
	if p == nil || p.Person == "" && !p.Trusted {
		return CreatedFeed{}, problem.New(problem.Forbidden, "feed_needs_person", "Calendar feeds belong to persons; sign in as one.")
	}
	var secret [32]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return CreatedFeed{}, err
	}
	token := base64.RawURLEncoding.EncodeToString(secret[:])
	f := CalendarFeed{ID: ref.New[string](), Owner: p.ID(), Name: strings.TrimSpace(in.Name), Query: in.Filter, TokenHash: hashToken(token), CreatedAt: s.Clock.Now()}
	if f.Name == "" {
		f.Name = "Bookings"
	}
	err := s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		if _, err := s.narrow(ctx, tx, scoped(ctx, tx), in.Filter); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&f).Exec(ctx); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, events.Event{Kind: EventFeedCreated, SubjectID: f.ID, SubjectLabel: f.Name})
	})
	return CreatedFeed{f, strings.TrimSuffix(s.PublicURL, "/") + httpapi.Prefix + "/calendar/" + token + ".ics"}, err
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// ListFeeds returns the caller's feeds without their secrets.
func (s *Service) ListFeeds(ctx context.Context) (out []CalendarFeed, err error) {
	p := authz.From(ctx)
	if p == nil {
		return nil, authz.ErrUnauthenticated
	}
	out = []CalendarFeed{}
	err = s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		return tx.NewSelect().Model(&out).Where("cf.owner_id = ?", p.ID()).OrderExpr("cf.created_at, cf.id").Scan(ctx)
	})
	for i := range out {
		out[i].CreatedAt = out[i].CreatedAt.UTC()
	}
	return out, err
}

// RevokeFeed makes an address stop working.
func (s *Service) RevokeFeed(ctx context.Context, id string) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx db.Tx) error {
		var f CalendarFeed
		err := tx.NewSelect().Model(&f).Where("cf.id = ? AND cf.owner_id = ?", id, authz.From(ctx).ID()).Scan(ctx)
		if db.IsNoRows(err) {
			return authz.ErrNotFound
		}
		if err != nil {
			return err
		}
		if _, err := tx.NewDelete().Model(&f).WherePK().Exec(ctx); err != nil {
			return err
		}
		return s.Events.Append(ctx, tx, events.Event{Kind: EventFeedRevoked, SubjectID: f.ID, SubjectLabel: f.Name})
	})
}

// ReadFeed returns the calendar behind a secret, with the rights its owner holds now. Without a feed's own filter it shows
// what the owner holds or asked for.
func (s *Service) ReadFeed(ctx context.Context, token string) (string, error) {
	var f CalendarFeed
	var entries []CalendarEntry
	err := s.DB.Read(ctx, func(ctx context.Context, tx db.Tx) error {
		err := tx.NewSelect().Model(&f).Where("cf.token_hash = ?", hashToken(token)).Scan(ctx)
		if db.IsNoRows(err) {
			return authz.ErrNotFound
		}
		if err != nil {
			return err
		}
		ctx, err = s.actAs(ctx, tx, ref.Person(f.Owner))
		if err != nil {
			return err
		}
		entries, err = s.feedEntries(ctx, tx, f.Query)
		return err
	})
	if err != nil {
		return "", err
	}
	now := s.Clock.Now()
	if f.ReadAt == nil || now.Sub(*f.ReadAt) > time.Hour {
		// A failure to note it keeps nobody from reading.
		_ = s.DB.WriteBulk(ctx, func(ctx context.Context, tx db.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE calendar_feed SET read_at = ? WHERE id = ?`, now, f.ID)
			return err
		})
	}
	return Calendar(f.Name, entries, now), nil
}

// actAs returns a context in which a person acts with the rights held now; without a port for it, only what is the person's
// own is visible.
func (s *Service) actAs(ctx context.Context, tx db.Tx, person ref.Person) (context.Context, error) {
	if s.Principals != nil {
		p, err := s.Principals.PrincipalOf(ctx, tx, person)
		if err != nil {
			return ctx, err
		}
		return authz.With(ctx, p), nil
	}
	return authz.With(ctx, &authz.Principal{Kind: authz.PersonPrincipal, Person: person}), nil
}

func (s *Service) feedEntries(ctx context.Context, tx db.Tx, f Filter) ([]CalendarEntry, error) {
	if raw, _ := json.Marshal(f); string(raw) == "{}" {
		f.Holder = mine
	}
	if len(f.Statuses) == 0 {
		f.Statuses = append(f.Statuses, Live...)
		f.Statuses = append(f.Statuses, Waiting)
	}
	now := s.Clock.Now()
	q, err := s.narrow(ctx, tx, scoped(ctx, tx), f)
	if err != nil {
		return nil, err
	}
	var rows []Booking
	err = q.ColumnExpr("b.*").Where("b.from_at < ? AND b.from_at > ? AND b.to_at > ?", now.Add(feedAhead), now.Add(-feedBack-reach), now.Add(-feedBack)).
		OrderExpr("b.from_at, b.id").Limit(5000).Scan(ctx, &rows)
	if err != nil {
		return nil, err
	}
	list, err := s.withParts(ctx, tx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]CalendarEntry, len(list))
	for i, l := range list {
		var where []string
		for _, e := range l.Environments {
			where = append(where, e.Name)
		}
		out[i] = CalendarEntry{ID: string(l.ID), Reference: l.Reference, Title: l.Title, Description: l.Description, Where: strings.Join(where, ", "),
			URL: strings.TrimSuffix(s.PublicURL, "/") + "/bookings/" + string(l.ID), Status: l.Status, From: l.From, To: l.To, Changed: l.UpdatedAt, Version: l.Version}
		if l.HolderRef != nil {
			out[i].Who = l.HolderRef.Name
		}
	}
	return out, nil
}

// FeedPath is the part of an address that names a feed.
type FeedPath struct {
	ID string `path:"id"`
}

func (s *Service) mountFeeds(api *httpapi.API) {
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodGet, Path: "/calendar-feeds", ID: "list-calendar-feeds", Tag: tag, Summary: "List your calendar feeds"},
		authz.SignedIn(), func(ctx context.Context, _ *struct{}) (*httpapi.ListOut[CalendarFeed], error) {
			list, err := s.ListFeeds(ctx)
			return &httpapi.ListOut[CalendarFeed]{Body: httpapi.Page[CalendarFeed]{Items: list}}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodPost, Path: "/calendar-feeds", ID: "create-calendar-feed", Tag: tag, Summary: "Make a private calendar address", Status: http.StatusCreated},
		authz.Need(PermView), func(ctx context.Context, in *struct{ Body NewFeed }) (*struct {
			CacheControl string `header:"Cache-Control"`
			Body         CreatedFeed
		}, error) {
			f, err := s.CreateFeed(ctx, in.Body)
			return &struct {
				CacheControl string `header:"Cache-Control"`
				Body         CreatedFeed
			}{"no-store", f}, err
		})
	httpapi.Handle(api, httpapi.Operation{Method: http.MethodDelete, Path: "/calendar-feeds/{id}", ID: "revoke-calendar-feed", Tag: tag, Summary: "Make a calendar address stop working", Status: http.StatusNoContent},
		authz.SignedIn(), func(ctx context.Context, in *FeedPath) (*struct{}, error) { return nil, s.RevokeFeed(ctx, in.ID) })
	httpapi.HandleRaw(api, httpapi.Operation{Method: http.MethodGet, Path: "/calendar/{token}", ID: "read-calendar-feed", Tag: tag,
		Summary: "A calendar as iCalendar", Description: "The address ends in .ics and holds its own secret.", OwnCredentials: true},
		authz.Public(), func(w http.ResponseWriter, r *http.Request) {
			text, err := s.ReadFeed(r.Context(), strings.TrimSuffix(r.PathValue("token"), ".ics"))
			if err != nil {
				api.WriteError(w, r, err)
				return
			}
			w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
			w.Header().Set("Cache-Control", "private, max-age=300")
			w.Header().Set("Content-Disposition", `inline; filename="millrace.ics"`)
			_, _ = w.Write([]byte(text)) //nolint:gosec // a calendar, not a page
		})
}
