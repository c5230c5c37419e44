package delivery

import (
	"strings"
	"time"

	"millrace/internal/platform/clock"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

// rowMaker turns the records of one batch into rows. It is used by one goroutine.
type rowMaker struct {
	known *known
	conn  ref.Connection
	now   time.Time
	// limit is the latest instant a record may speak of: a little after now, because clocks differ.
	limit time.Time

	// partial says that the record being made leaves out what it does not know.
	partial bool
	faults  problem.Fields
	notes   []string
}

// futureTolerance is how far the clock of a sender may be ahead.
const futureTolerance = 5 * time.Minute

// row is one row on its way: where it goes, its primary key for folding duplicates, and what it means for others.
type row struct {
	table    *table
	key      rowKey
	revision int64
	values   []any
	// index is the record it came from.
	index   int
	partial bool
}

type rowKey struct {
	table *table
	a, b  int64
	s     string
}

func (m *rowMaker) text(s, field string, limit int) string {
	out, cut := clean(s, limit)
	if cut {
		m.notes = append(m.notes, field+" was cut to "+itoa(limit)+" bytes")
	}
	return out
}

func (m *rowMaker) name(s, field string) string { return m.text(s, field, maxName) }

// past returns a time that a tool claims, held to the present: what lies in the future becomes now, with a note. A time
// before 1970 stands for none.
func (m *rowMaker) past(t *time.Time, field string) any {
	if t == nil || t.Year() < 1970 {
		return nil
	}
	if t.After(m.limit) {
		m.notes = append(m.notes, field+" lies in the future and was set to now")
		return m.now
	}
	return clock.Normalise(*t)
}

// strict returns a time that metrics rest on; one in the future is a fault of the record.
func (m *rowMaker) strict(t *time.Time, field string) any {
	if t == nil || t.Year() < 1970 {
		return nil
	}
	if t.After(m.limit) {
		m.faults.Add(field, "time_in_future", "The time lies more than five minutes in the future; check the clock of the sender.")
	}
	return clock.Normalise(*t)
}

// later returns a time that may lie ahead, such as a due date.
func later(t *time.Time) any {
	if t == nil || t.Year() < 1970 || t.Year() > 9999 {
		return nil
	}
	return clock.Normalise(*t)
}

func (m *rowMaker) order(start, end *time.Time, startField, endField string) {
	if start != nil && end != nil && end.Before(*start) {
		m.faults.Add(endField, "time_order", endField+" lies before "+startField+".")
	}
}

// at returns the last of the values that hold a time, or now: the time lists are sorted by.
func (m *rowMaker) at(times ...any) time.Time {
	var last time.Time
	for _, v := range times {
		if t, ok := v.(time.Time); ok && t.After(last) {
			last = t
		}
	}
	if last.IsZero() {
		return m.now
	}
	return last
}

func (m *rowMaker) need(value, field string) {
	if value == "" {
		m.faults.Add(field, "required", field+" is missing.")
	}
}

// status returns the status of something that runs; that of a partial record which does not tell is not known.
func (m *rowMaker) status(said, result string, started, finished *time.Time) string {
	if m.partial && said == "" && result == "" && started == nil && finished == nil {
		return ""
	}
	return statusOf(said, result, started != nil, finished != nil)
}

// rank returns the status by which a version is ordered. One that does not tell its status is ordered by time alone.
func (m *rowMaker) rank(status string) string {
	if m.partial && status == "" {
		return StatusDone
	}
	return status
}

// external checks the external id of a record and returns its id.
func (m *rowMaker) external(h Head) ref.Fact {
	m.need(h.ExternalID, "externalId")
	if len(h.ExternalID) > maxName {
		m.faults.Add("externalId", "too_long", "externalId may have at most 500 bytes.")
	}
	if s, _ := clean(h.ExternalID, maxName); s != h.ExternalID && len(h.ExternalID) <= maxName {
		m.faults.Add("externalId", "malformed", "externalId holds characters that are not text.")
	}
	return FactID(m.conn, h.Kind, h.ExternalID)
}

// parent returns the id of the record a member names.
func (m *rowMaker) parent(kind RecordKind, externalID, field string) int64 {
	m.need(externalID, field)
	return int64(FactID(m.conn, kind, externalID))
}

// other returns the id of the record a member names, or nil when it names none.
func (m *rowMaker) other(kind RecordKind, externalID string) any {
	return null(FactID(m.conn, kind, externalID))
}

func (m *rowMaker) account(externalID string) any { return m.other(KindToolAccount, externalID) }

// sha returns a commit's name in the form it is stored in.
func (m *rowMaker) sha(s, field string, required bool) string {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" && !required {
		return ""
	}
	if s == "" {
		m.need("", field)
		return ""
	}
	if len(s) > 64 || len(s) < 4 || strings.Trim(s, "0123456789abcdefghijklmnopqrstuvwxyz._-:@") != "" {
		m.faults.Add(field, "malformed", "A commit is named by 4 to 64 letters and digits.")
	}
	return s
}

// repository returns the id of the repository a record names by id or address.
func (m *rowMaker) repository(id, url string) ref.Fact { return m.known.repository(m.conn, id, url) }

func null(f ref.Fact) any {
	if f == 0 {
		return nil
	}
	return int64(f)
}

func number(n *int64) any {
	if n == nil {
		return nil
	}
	return *n
}

func real(n *float64) any {
	if n == nil {
		return nil
	}
	return *n
}

func textOrNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}
