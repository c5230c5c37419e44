package identity

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"millrace/internal/platform/authz"
	"millrace/internal/platform/problem"
)

const (
	minPassword = 12
	maxPassword = 256
)

// checkPassword applies the rules for new passwords: long, not the email address, not among the commonest, not one
// pattern over and over. No composition rules and no forced change, after NIST SP 800-63B.
func checkPassword(password, email string) error {
	var f problem.Fields
	lower := strings.ToLower(strings.TrimSpace(password))
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		f.Add("body.password", "password_not_text", "The password is not readable text.")
	case n < minPassword:
		f.Add("body.password", "password_too_short", "Take at least 12 characters; a few words in a row are good.")
	case len(password) > maxPassword:
		f.Add("body.password", "password_too_long", "Take at most 256 bytes.")
	case lower == strings.ToLower(email) || lower == local || (len(local) >= 4 && strings.TrimRight(lower, "0123456789!.?-_ ") == local):
		f.Add("body.password", "password_is_email", "The password must not be the email address.")
	case isCommonPassword(lower) || isPattern(lower):
		f.Add("body.password", "password_too_common", "This password is among the first an attacker tries. Take another.")
	}
	return f.Err("password_refused", "This password cannot be used.")
}

// minOperatorPassword is the least NIST SP 800-63B allows.
const minOperatorPassword = 8

// checkOperatorPassword is the rule for passwords set on the server's own command line: who works there holds the
// database anyway, and scripts bring passwords of their own making. Only what could not be typed again, and what is
// shorter than any policy allows, is refused.
func checkOperatorPassword(password, _ string) error {
	var f problem.Fields
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		f.Add("body.password", "password_not_text", "The password is not readable text.")
	case n < minOperatorPassword:
		f.Add("body.password", "password_too_short", "Take at least 8 characters.")
	case len(password) > maxPassword:
		f.Add("body.password", "password_too_long", "Take at most 256 bytes.")
	}
	return f.Err("password_refused", "This password cannot be used.")
}

// isPattern reports whether s is one short pattern repeated, or a run along the alphabet or the digits.
func isPattern(s string) bool {
	for size := 1; size <= 4; size++ {
		if len(s) >= 2*size && strings.HasPrefix(strings.Repeat(s[:size], len(s)/size+1), s) {
			return true
		}
	}
	for _, step := range []int{1, -1} {
		run := true
		for i := 1; i < len(s) && run; i++ {
			d := int(s[i]) - int(s[i-1])
			run = d == step || (s[i-1] == '9' && s[i] == '0' && step == 1) || (s[i-1] == '0' && s[i] == '9' && step == -1)
		}
		if run {
			return true
		}
	}
	return false
}

// checkEmail is deliberately loose: only a message that arrives proves an address.
func checkEmail(f *problem.Fields, path, email string) {
	local, domain, ok := strings.Cut(email, "@")
	bad := !ok || local == "" || !strings.Contains(domain, ".") || strings.ContainsAny(email, " \t\r\n<>,;\"") ||
		strings.Contains(domain, "@") || strings.HasPrefix(domain, ".") || strings.HasSuffix(domain, ".") || len(email) > 254
	if bad && domain != "localhost" {
		f.Add(path, "email_malformed", "This is not an email address.")
	}
}

func normaliseEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// safeReturn returns path when it is an address inside Millrace and "/" otherwise, so that nobody can use the sign-in to
// send people elsewhere.
func safeReturn(path string) string {
	if len(path) > 2000 || !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "/"
	}
	for _, r := range path {
		if r == '\\' || r < ' ' || r == 0x7f {
			return "/"
		}
	}
	u, err := url.Parse(path)
	if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, "\\") {
		return "/"
	}
	if u.Path == "/api" || strings.HasPrefix(u.Path, "/api/") {
		return "/"
	}
	return path
}

// emailInDomains reports whether the address belongs to one of the domains; an empty list allows all.
func emailInDomains(email string, domains []string) bool {
	if len(domains) == 0 {
		return true
	}
	_, domain, _ := strings.Cut(email, "@")
	return slices.ContainsFunc(domains, func(d string) bool { return strings.EqualFold(d, domain) })
}

// addressKey folds a client address to what one customer of a network usually holds: a whole IPv4 address, a /64 of IPv6.
func addressKey(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	ip = ip.Unmap().WithZone("")
	if ip.Is6() {
		if p, err := ip.Prefix(64); err == nil {
			return p.String()
		}
	}
	return ip.String()
}

// uncovered returns the first permission that the given grants mean, narrowed to scopes when there are any, and the
// principal lacks on the same unit; "" means that the principal holds it all.
func uncovered(p *authz.Principal, held []Grant, known []authz.Declaration, scopes []authz.Permission) authz.Permission {
	for i := range held {
		g := &held[i]
		perms := sortedPermissions(g.Permissions)
		if g.All {
			for _, d := range known {
				perms = append(perms, d.Permission)
			}
		}
		for _, perm := range perms {
			if (len(scopes) == 0 || slices.Contains(scopes, perm)) && !p.Can(perm, g.Path) {
				return perm
			}
		}
	}
	return ""
}

// checkScopes reports the scopes that the holder of the grants does not hold anywhere.
func checkScopes(scopes []authz.Permission, holder *authz.Principal) error {
	var f problem.Fields
	for _, scope := range scopes {
		if !holder.CanSomewhere(scope) {
			f = append(f, problem.Field{Path: "body.scopes", Code: "scope_not_held", Value: string(scope),
				Message: "A token can only carry permissions its account holds."})
		}
	}
	return f.Err("scope_not_held", "The token asks for permissions its account does not hold.")
}

// The throttle: an account may fail a few times at once, then each failure doubles the wait; an address may fail more
// often, because many people share one. Failures are forgotten after a quiet while.
const (
	throttleForget     = 15 * time.Minute
	accountFreeTries   = 3
	accountLongestWait = time.Minute
	addressFreeTries   = 20
	addressLongestWait = 5 * time.Minute
)

// throttleWait returns how long to wait after so many failures in a row.
func throttleWait(failures, free int, longest time.Duration) time.Duration {
	over := failures - free
	if over <= 0 {
		return 0
	}
	if over > 16 {
		return longest
	}
	return min(time.Second<<(over-1), longest)
}

// knownTimeZone reports whether the name is in the time zone database; "" stands for the browser's own.
func knownTimeZone(name string) bool {
	if name == "" {
		return true
	}
	_, err := time.LoadLocation(name)
	return err == nil && name != "Local"
}

// topPaths returns the unit paths of the grants without those below another of them.
func topPaths(grants []Grant) []string {
	var all []string
	for i := range grants {
		all = append(all, grants[i].Path)
	}
	slices.Sort(all)
	kept := all[:0]
	for _, path := range all {
		if len(kept) == 0 || !strings.HasPrefix(path, kept[len(kept)-1]) {
			kept = append(kept, path)
		}
	}
	return kept
}

func sortedPermissions(set map[authz.Permission]struct{}) []authz.Permission {
	out := make([]authz.Permission, 0, len(set))
	for p := range set {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}
