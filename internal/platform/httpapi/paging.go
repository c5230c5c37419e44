package httpapi

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"

	"millrace/internal/platform/problem"
)

// Page is the one shape of a list. Next is absent on the last page; a list never ends silently.
type Page[T any] struct {
	Items []T    `json:"items" nullable:"false"`
	Next  string `json:"next,omitempty" doc:"Send it as cursor to get the next page."`
	// Total is given where it can be counted cheaply.
	Total *int64 `json:"total,omitempty" doc:"How many records match in all."`
}

// Paging are the query parameters of every list; embed it in the input.
type Paging struct {
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" doc:"How many items at most."`
	Cursor string `query:"cursor" maxLength:"2000" doc:"The next of the page before."`
}

// ListOut is the answer of a list route.
type ListOut[T any] struct {
	Body Page[T]
}

// NewPage cuts a result that was read with one row more than limit and makes the cursor of the next page from the last
// row kept.
func NewPage[T any](rows []T, limit int, key func(T) []any) Page[T] {
	p := Page[T]{Items: rows}
	if p.Items == nil {
		p.Items = []T{}
	}
	if len(rows) > limit {
		p.Items = rows[:limit]
		p.Next = EncodeCursor(key(rows[limit-1])...)
	}
	return p
}

// EncodeCursor packs the sort key of a row into an opaque cursor.
func EncodeCursor(values ...any) string {
	raw, err := json.Marshal(values)
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(raw)
}

// DecodeCursor unpacks a cursor into the given pointers; ok is false when the cursor is empty.
func DecodeCursor(cursor string, into ...any) (ok bool, err error) {
	if cursor == "" {
		return false, nil
	}
	bad := problem.New(problem.BadRequest, "bad_cursor", "The cursor is not one this list gave out. Start again without it.")
	raw, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return false, bad
	}
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil || len(parts) != len(into) {
		return false, bad
	}
	for i := range into {
		if json.Unmarshal(parts[i], into[i]) != nil {
			return false, bad
		}
	}
	return true, nil
}

// IfMatch carries the version a change is based on; embed it in the input of PUT, PATCH and DELETE.
type IfMatch struct {
	IfMatch string `header:"If-Match" doc:"The ETag of the record as you read it; required." example:"\"3\""`
}

// Version returns the version the caller read.
func (m IfMatch) Version() (int64, error) {
	s := strings.Trim(strings.TrimPrefix(strings.TrimSpace(m.IfMatch), "W/"), `"`)
	if s == "" {
		return 0, problem.New(problem.Precondition, "if_match_required", "Send If-Match with the version you read, so that nobody's change is lost.")
	}
	v, err := strconv.ParseInt(s, 10, 64)
	if err != nil || v < 1 {
		return 0, problem.New(problem.BadRequest, "if_match_malformed", "If-Match must hold the ETag as it was given, for example \"3\".")
	}
	return v, nil
}

// ETag makes the header from a record's version.
func ETag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// Stale is the problem of a change based on an old version. current is the record as it is now, so that a screen can
// show both.
func Stale(currentVersion int64, current any) error {
	return problem.New(problem.Stale, "stale", "Somebody changed this record since you opened it; your change was not saved. Compare both and save again.").
		WithData("currentVersion", currentVersion).WithData("current", current)
}

// BulkItem is what became of one element of a bulk request.
type BulkItem[T any] struct {
	Index   int      `json:"index"`
	Status  int      `json:"status"`
	Item    *T       `json:"item,omitempty"`
	Problem *Problem `json:"problem,omitempty"`
}

// Bulk is the answer of a bulk route: each element stands for itself.
type Bulk[T any] struct {
	Succeeded int           `json:"succeeded"`
	Failed    int           `json:"failed"`
	Items     []BulkItem[T] `json:"items" nullable:"false"`
}
