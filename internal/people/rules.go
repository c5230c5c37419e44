package people

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/problem"
	"millrace/internal/platform/ref"
)

const (
	maxName = 200
	maxText = 2000
	// maxDepth bounds the tree: deeper than this is a mistake, and paths stay short.
	maxDepth = 32
)

// cleanName trims a name and folds runs of white space; key is what makes two names equal.
func cleanName(name string) (clean, key string) {
	clean = strings.Join(strings.Fields(name), " ")
	return clean, strings.ToLower(clean)
}

// checkName notes what is wrong with an already cleaned name.
func checkName(faults *problem.Fields, path, name string) {
	switch {
	case name == "":
		faults.Add(path, "required", "The name is missing.")
	case utf8.RuneCountInString(name) > maxName:
		faults.Add(path, "too_long", "A name has at most 200 characters.")
	case !printable(name):
		faults.Add(path, "not_text", "A name holds printable characters only.")
	}
}

func checkText(faults *problem.Fields, path, text string) {
	switch {
	case utf8.RuneCountInString(text) > maxText:
		faults.Add(path, "too_long", "This text has at most 2000 characters.")
	case !printable(strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(text)):
		faults.Add(path, "not_text", "This text holds characters that cannot be shown.")
	}
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}

// Email faults, the codes of checkEmail.
const (
	emailRequired  = "required"
	emailMalformed = "email_malformed"
	emailCharacter = "email_character"
	emailTooLong   = "email_too_long"
)

// checkEmail returns the code and the sentence of what is wrong with an address, or two empty strings. Addresses double
// as login names, so they are narrower than the mail standards allow: no sub-address, no quoted part, no one-letter name.
func checkEmail(address string) (code, message string) {
	local, domain, found := strings.Cut(address, "@")
	switch {
	case address == "":
		return emailRequired, "The email address is missing."
	case len(address) > 254 || len(local) > 64:
		return emailTooLong, "An email address has at most 254 characters, 64 of them before the @."
	case strings.ContainsAny(address, "+=/:?#%"):
		return emailCharacter, "An email address here holds none of the characters + = / : ? # %."
	case !found || strings.Contains(domain, "@") || !goodDomain(domain):
		return emailMalformed, "An email address looks like name@example.com."
	case len(local) < 2:
		return emailMalformed, "The part before the @ has at least two characters."
	case strings.Contains(address, "..") || strings.HasPrefix(local, ".") || strings.HasSuffix(local, "."):
		return emailMalformed, "An email address has no double dot and no dot at an end of the part before the @."
	}
	for _, r := range local {
		if !isASCIILetterOrDigit(r) && !strings.ContainsRune(".!$&'*^_`{|}~-", r) {
			return emailCharacter, "The part before the @ holds letters, digits, dots, hyphens and underscores."
		}
	}
	return "", ""
}

func goodDomain(domain string) bool {
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if !isASCIILetterOrDigit(r) && r != '-' {
				return false
			}
		}
	}
	return true
}

func isASCIILetterOrDigit(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// emailKey is what makes two addresses equal.
func emailKey(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// goodTimeZone accepts IANA names. The empty name means "not told"; Local would mean the server's.
func goodTimeZone(name string) bool {
	if name == "" {
		return true
	}
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

// daysRemaining is how many days a person stays valid, counting the begun one; 0 once the time has passed.
func daysRemaining(until, now time.Time) int64 {
	left := until.Sub(now)
	if left <= 0 {
		return 0
	}
	const day = 24 * time.Hour
	return int64((left + day - 1) / day)
}

// childPath is the materialised path of a child.
func childPath(parent string, id ref.Unit) string { return parent + string(id) + "/" }

// inSubtree reports whether path is at or below root.
func inSubtree(path, root string) bool { return strings.HasPrefix(path, root) }

// movedPath is where a unit at path ends up when the subtree at from moves to to.
func movedPath(path, from, to string) string { return to + strings.TrimPrefix(path, from) }

// checkMove decides whether u may be put below parent; height is how many levels lie below u.
func checkMove(u, parent Unit, height int64) error {
	switch {
	case u.Parent == nil:
		return problem.New(problem.Conflict, "unit_is_root", "The root unit stays at the top; move the units below it instead.")
	case inSubtree(parent.Path, u.Path):
		return problem.Newf(problem.Conflict, "unit_cycle", "%q cannot be moved below itself or one of its own units.", u.Name)
	case parent.Depth+1+height > maxDepth:
		return tooDeep()
	}
	return nil
}

func tooDeep() error {
	return problem.Newf(problem.Invalid, "unit_too_deep", "The organisation tree has at most %d levels.", maxDepth)
}

// notGiveable returns the permissions of a role that p lacks on the unit with the given path. Nobody gives away what
// they do not hold: granting a role, adding permissions to one, or adding a member to a team that has grants demands it.
func notGiveable(p *authz.Principal, role Role, path string) []authz.Permission {
	switch {
	case p == nil:
		return role.Permissions
	case p.Trusted:
		return nil
	case role.All:
		if slices.ContainsFunc(p.Grants, func(g authz.Grant) bool { return g.All && inSubtree(path, g.Path) }) && p.Limit == nil {
			return nil
		}
		return []authz.Permission{"*"}
	}
	var missing []authz.Permission
	for _, perm := range role.Permissions {
		if !p.Can(perm, path) {
			missing = append(missing, perm)
		}
	}
	return missing
}

// effective reports whether a grant counts at now.
func (g Grant) effective(now time.Time) bool { return g.ExpiresAt == nil || now.Before(*g.ExpiresAt) }
