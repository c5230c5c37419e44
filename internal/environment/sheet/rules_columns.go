package sheet

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
)

// Kind says what the rows of a sheet are.
type Kind string

// The kinds.
const (
	Environments Kind = "environments"
	Components   Kind = "components"
	Groups       Kind = "groups"
	Bookings     Kind = "bookings"
)

// Kinds are all kinds, in the order in which they are offered.
var Kinds = []Kind{Environments, Components, Groups, Bookings}

// Field is a column that an import understands.
type Field struct {
	Key      string `json:"key"`
	Title    string `json:"title"`
	Required bool   `json:"required,omitempty"`
	Help     string `json:"help,omitempty"`
	// Values is what unknown names of the column are asked for as.
	Values    ValueKind `json:"values,omitempty"`
	synonyms  []string
	date      bool
	oneOf     []string
	clearable bool
}

// ValueKind is a kind of record that cells name.
type ValueKind string

// The kinds of records that cells name.
const (
	OfApplication ValueKind = "application"
	OfUsage       ValueKind = "usage"
	OfStatus      ValueKind = "status"
	OfLayer       ValueKind = "layer"
	OfPerson      ValueKind = "person"
	OfEnvironment ValueKind = "environment"
	OfGroup       ValueKind = "group"
	OfUnit        ValueKind = "unit"
)

var reference = Field{Key: "reference", Title: "Reference", Help: "What the row is called where it comes from; a later import finds the record again by it.",
	synonyms: []string{"ref", "id", "external id", "external reference", "number", "no", "nr", "row id", "ticket", "lfd nr"}}

var fields = map[Kind][]Field{
	Environments: {
		reference,
		{Key: "key", Title: "Key", Required: true, Help: "What people call it; of a name with spaces a key is made.", synonyms: []string{"environment", "env", "environment key", "environment id", "system", "instance", "short name", "code", "umgebung", "kürzel", "kurzname"}},
		{Key: "name", Title: "Name", synonyms: []string{"environment name", "title", "display name", "long name", "bezeichnung"}},
		{Key: "description", Title: "Description", synonyms: []string{"comment", "notes", "remarks", "purpose", "beschreibung"}},
		{Key: "application", Title: "Application", Values: OfApplication, synonyms: []string{"app", "product", "application name", "system name", "anwendung"}},
		{Key: "unit", Title: "Unit", Values: OfUnit, synonyms: []string{"department", "organisation", "organization", "team", "division", "business unit", "einheit", "abteilung"}},
		{Key: "usage", Title: "Usage", Values: OfUsage, synonyms: []string{"type", "environment type", "stage", "test level", "phase", "tier", "verwendung", "stufe"}},
		{Key: "status", Title: "Status", Values: OfStatus, synonyms: []string{"state", "lifecycle", "zustand"}},
		{Key: "kind", Title: "Kind", Help: "physical, virtual, cloud or ephemeral", synonyms: []string{"hosting", "platform", "infrastructure"}},
		{Key: "expires", Title: "Expires", date: true, synonyms: []string{"expires at", "expiry", "expiry date", "end of life", "valid until", "ttl", "gültig bis"}},
		{Key: "capacity", Title: "Capacity", Help: "How many bookings it bears at once; 1 is exclusive.", synonyms: []string{"parallel", "concurrent", "slots", "max bookings", "kapazität"}},
		{Key: "autoApprove", Title: "Auto approve", synonyms: []string{"auto approved", "no approval", "automatic approval"}},
		{Key: "dataClass", Title: "Data class", Help: "synthetic, masked or production copy", synonyms: []string{"data", "data type", "data classification", "test data", "datenklasse"}},
		{Key: "dataRefreshed", Title: "Data refreshed", date: true, synonyms: []string{"data refreshed at", "last refresh", "refresh date", "data as of", "datenstand"}},
		{Key: "techs", Title: "Techs", synonyms: []string{"technologies", "technology", "tech stack", "stack"}},
		{Key: "url", Title: "URL", synonyms: []string{"link", "address", "web address", "endpoint"}},
		{Key: "vendor", Title: "Vendor", synonyms: []string{"provider", "supplier", "anbieter", "lieferant"}},
		{Key: "colour", Title: "Colour", synonyms: []string{"color", "farbe"}},
		{Key: "costPerHour", Title: "Cost per hour in the smallest unit", Help: "A whole number: 1250 is 12.50.", synonyms: []string{"cost per hour (cents)", "cost in cents"}},
		{Key: "cost", Title: "Cost per hour", Help: "With decimals: 12.50.", synonyms: []string{"cost", "rate", "hourly rate", "price", "price per hour", "cost/h", "cost (eur)", "kosten", "kosten pro stunde"}},
		{Key: "alert", Title: "Alert", synonyms: []string{"warning", "notice", "hinweis"}},
		{Key: "parent", Title: "Parent", synonyms: []string{"parent environment", "belongs to", "part of", "parent key", "gehört zu"}},
		{Key: "groups", Title: "Groups", Values: OfGroup, Help: "Several are separated by semicolons.", synonyms: []string{"group", "lane", "lanes", "environment group", "gruppe", "gruppen"}},
		{Key: "aliases", Title: "Aliases", Help: "Several are separated by semicolons.", synonyms: []string{"alias", "other names", "also known as", "aka"}},
		{Key: "owner", Title: "Owner", Values: OfPerson, Help: "An e-mail address or a name.", synonyms: []string{"owner e-mail", "owner email", "owner mail", "contact", "responsible", "manager", "environment manager", "verantwortlich", "ansprechpartner"}},
	},
	Components: {
		{Key: "environment", Title: "Environment", Required: true, Values: OfEnvironment, synonyms: []string{"env", "environment key", "system", "instance", "umgebung"}},
		{Key: "host", Title: "Host", synonyms: []string{"server", "machine", "node", "hostname", "host name", "vm", "rechner"}},
		{Key: "layer", Title: "Layer", Values: OfLayer, synonyms: []string{"tier", "type", "component type", "schicht"}},
		{Key: "name", Title: "Component", synonyms: []string{"component name", "software", "name", "package", "product", "service", "komponente"}},
		{Key: "version", Title: "Version", synonyms: []string{"installed version", "installed", "release", "build", "version number"}},
		{Key: "application", Title: "Application", Values: OfApplication, synonyms: []string{"app", "application name", "anwendung"}},
		{Key: "part", Title: "Component of the application", synonyms: []string{"application component", "module", "part"}},
		{Key: "summary", Title: "Stands for the whole", Help: "Whether its version stands for the environment.", synonyms: []string{"summary", "main", "main component", "lead"}},
		{Key: "hostDescription", Title: "Description of the host", synonyms: []string{"host description", "server description"}},
	},
	Groups: {
		reference,
		{Key: "key", Title: "Key", Required: true, synonyms: []string{"group", "lane", "group key", "environment group", "gruppe"}},
		{Key: "name", Title: "Name", synonyms: []string{"group name", "lane name", "title", "bezeichnung"}},
		{Key: "description", Title: "Description", synonyms: []string{"comment", "notes", "beschreibung"}},
		{Key: "unit", Title: "Unit", Values: OfUnit, synonyms: []string{"department", "organisation", "organization", "team", "einheit", "abteilung"}},
		{Key: "usage", Title: "Usage", Values: OfUsage, synonyms: []string{"type", "stage", "test level", "verwendung"}},
		{Key: "colour", Title: "Colour", synonyms: []string{"color", "farbe"}},
		{Key: "vendor", Title: "Vendor", synonyms: []string{"provider", "supplier"}},
		{Key: "alert", Title: "Alert", synonyms: []string{"warning", "notice"}},
		{Key: "autoApprove", Title: "Auto approve", synonyms: []string{"auto approved", "no approval"}},
		{Key: "members", Title: "Members", Values: OfEnvironment, Help: "Environments: several separated by semicolons, or one row for each.",
			synonyms: []string{"member", "environment", "environments", "env", "umgebung", "umgebungen", "mitglieder"}},
	},
	Bookings: {
		reference,
		{Key: "environment", Title: "Environment", Values: OfEnvironment, Help: "An environment or a group is needed.", synonyms: []string{"env", "environment key", "system", "instance", "umgebung"}},
		{Key: "group", Title: "Group", Values: OfGroup, synonyms: []string{"lane", "environment group", "gruppe"}},
		{Key: "from", Title: "From", Required: true, date: true, synonyms: []string{"start", "start date", "begin", "from date", "date from", "starts", "date", "von", "beginn", "datum"}},
		{Key: "fromTime", Title: "Time from", date: true, synonyms: []string{"start time", "from time", "time", "uhrzeit von", "uhrzeit"}},
		{Key: "to", Title: "To", date: true, Help: "Or a duration. A day alone counts whole.", synonyms: []string{"end", "end date", "until", "to date", "date to", "ends", "finish", "bis", "ende"}},
		{Key: "toTime", Title: "Time to", date: true, synonyms: []string{"end time", "to time", "uhrzeit bis"}},
		{Key: "duration", Title: "Duration", Help: "8h, 3 days, 2 weeks; a bare number is days.", synonyms: []string{"length", "days", "number of days", "dauer", "tage"}},
		{Key: "title", Title: "Title", synonyms: []string{"purpose", "name", "project", "reason", "activity", "booking", "subject", "test", "titel", "zweck", "projekt"}},
		{Key: "description", Title: "Description", synonyms: []string{"comment", "notes", "remarks", "beschreibung", "bemerkung"}},
		{Key: "intent", Title: "Intent", Help: "touch, change code or change configuration", synonyms: []string{"use", "usage type", "kind of use", "booking type"}},
		{Key: "status", Title: "Status", Help: "requested, approved, cancelled …", synonyms: []string{"state", "booking status", "approval"}},
		{Key: "holder", Title: "Holder", Values: OfPerson, Help: "An e-mail address or a name.", synonyms: []string{"booked by", "booked for", "owner", "user", "person", "contact", "requester", "requested by", "e-mail", "email", "mail", "tester", "bucher", "gebucht von"}},
		{Key: "release", Title: "Release", synonyms: []string{"release name", "version", "train", "sprint"}},
		{Key: "priority", Title: "Priority", synonyms: []string{"prio", "priorität"}},
	},
}

// fieldOf returns a field of a kind by its key.
func fieldOf(k Kind, key string) (Field, bool) {
	for _, f := range fields[k] {
		if f.Key == key {
			return f, true
		}
	}
	return Field{}, false
}

// plain folds a header to the letters and digits it is made of.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// guessColumns finds the fields of a kind in a header: field → column counted from 0. A header that is exactly a title wins
// over one that is a synonym, an earlier synonym over a later one; each column stands for one field.
func guessColumns(k Kind, header []string) map[string]int {
	type bid struct{ field, column, rank int }
	best := map[int]bid{}
	plains := make([]string, len(header))
	for i, h := range header {
		plains[i] = plain(h)
	}
	for f, field := range fields[k] {
		words := append([]string{field.Title, field.Key}, field.synonyms...)
		found := bid{column: -1, rank: 1 << 20}
		for rank, w := range words {
			for column, h := range plains {
				if h != "" && h == plain(w) && rank < found.rank {
					found = bid{field: f, column: column, rank: rank}
				}
			}
		}
		if found.column < 0 {
			continue
		}
		if other, taken := best[found.column]; !taken || found.rank < other.rank {
			best[found.column] = found
		}
	}
	out := map[string]int{}
	for column, b := range best {
		out[fields[k][b.field].Key] = column
	}
	return out
}

// guess is what a sheet seems to hold.
type guess struct {
	Kind      Kind
	HeaderRow int
	Columns   map[string]int
	score     int
}

// guessSheet looks for the header among the first rows of a sheet and for the kind of which it names most. only, when not
// empty, is the kind that is wanted.
func guessSheet(rows []SampleRow, only Kind) guess {
	best := guess{Kind: only}
	for _, r := range rows {
		for _, k := range Kinds {
			if only != "" && k != only {
				continue
			}
			columns := guessColumns(k, r.Cells)
			score := 10 * len(columns)
			for _, f := range fields[k] {
				if _, has := columns[f.Key]; f.Required && !has {
					score -= 15
				}
			}
			if score > best.score {
				best = guess{Kind: k, HeaderRow: r.Number, Columns: columns, score: score}
			}
		}
	}
	if best.HeaderRow == 0 && len(rows) > 0 {
		best.HeaderRow, best.Columns = rows[0].Number, map[string]int{}
	}
	return best
}

// signature names a header: the same columns in the same order have the same one.
func signature(header []string) string {
	h := sha256.New()
	for _, s := range header {
		_, _ = h.Write([]byte(plain(s) + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}
