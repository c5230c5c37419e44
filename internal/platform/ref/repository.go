package ref

import "strings"

// RepositoryKey returns the one name under which a repository is known however its address was written:
// "host/owner/name" without scheme, user, password, port, query, trailing slash and ".git". The host is folded to lower
// case, and so is the path on the public forges that ignore its case. A folder on disk keeps its path
// ("/srv/git/shop"), a name without a host stays as it is ("shop/web"). The result is "" when s names no repository.
// Applying the function to its own result changes nothing.
func RepositoryKey(s string) string {
	s = strings.TrimSpace(dropControls(s))
	scheme, rest := cutScheme(s)
	if scheme == "file" {
		return localKey(strings.TrimPrefix(rest, "localhost"))
	}
	if scheme == "" && looksLocal(rest) {
		return localKey(rest)
	}
	rest, hadUser := dropUser(rest, scheme != "")
	if i := strings.IndexAny(rest, "?#"); i >= 0 {
		rest = rest[:i]
	}
	host, p, named := cutHost(rest, scheme != "" || hadUser)
	if !named {
		return localKey(rest)
	}
	return hostedKey(strings.ToLower(strings.TrimSuffix(host, ".")), p)
}

// forgeAlias maps the other names of a public forge to the one in its addresses.
var forgeAlias = map[string]string{
	"www.github.com": "github.com", "ssh.github.com": "github.com", "api.github.com": "github.com",
	"altssh.gitlab.com": "gitlab.com", "www.gitlab.com": "gitlab.com",
	"altssh.bitbucket.org": "bitbucket.org", "www.bitbucket.org": "bitbucket.org",
}

func hostedKey(host, p string) string {
	if before, _, cut := strings.Cut(p, "/-/"); cut {
		p = before
	}
	p = tidy(p)
	if host == "api.github.com" {
		p = strings.TrimPrefix(p, "repos/")
	}
	if forge := forgeAlias[host]; forge != "" {
		host = forge
	}
	switch host {
	case "github.com", "bitbucket.org":
		p = strings.ToLower(p)
		if parts := strings.SplitN(p, "/", 3); len(parts) == 3 {
			p = parts[0] + "/" + parts[1] // the rest is a page of the repository: /tree/main, /pull/7
		}
		p = tidy(p)
	case "gitlab.com":
		p = strings.ToLower(p)
	}
	if host == "" || p == "" {
		return ""
	}
	return host + "/" + p
}

func localKey(p string) string {
	if p == "" {
		return ""
	}
	p = strings.ReplaceAll(p, `\`, "/")
	if len(p) >= 2 && p[1] == ':' {
		p = strings.ToLower(p[:1]) + p[1:]
	}
	absolute := strings.HasPrefix(p, "/")
	up := ""
	for !absolute && (strings.HasPrefix(p, "../") || p == "..") {
		up, p = up+"../", strings.TrimPrefix(p[2:], "/")
	}
	p = tidy(p)
	switch {
	case p == "":
		return ""
	case absolute:
		return "/" + p
	}
	return up + p
}

// tidy joins the parts of a path without empty ones, without "." and "..", and without ".git" at its end.
func tidy(p string) string {
	var parts []string
	for part := range strings.SplitSeq(p, "/") {
		switch part = strings.TrimSpace(part); part {
		case "", ".":
		case "..":
			parts = parts[:max(0, len(parts)-1)]
		default:
			parts = append(parts, part)
		}
	}
	for n := len(parts) - 1; n >= 0; n-- {
		last := parts[n]
		for len(last) >= 4 && strings.EqualFold(last[len(last)-4:], ".git") {
			last = strings.TrimSpace(last[:len(last)-4])
		}
		if parts[n] = last; last != "" && last != "." && last != ".." {
			break
		}
		parts = parts[:n]
	}
	return strings.Join(parts, "/")
}

func cutScheme(s string) (scheme, rest string) {
	before, after, ok := strings.Cut(s, "://")
	if !ok || before == "" || strings.ContainsAny(before, "/@:.") {
		return "", s
	}
	return strings.ToLower(before), after
}

func looksLocal(s string) bool {
	if len(s) >= 3 && s[1] == ':' && (s[2] == '\\' || s[2] == '/') {
		return true
	}
	for _, start := range []string{"/", "./", "../", "~", `.\`, `..\`, `\`} {
		if strings.HasPrefix(s, start) {
			return true
		}
	}
	return s == "." || s == ".."
}

// dropUser removes "user:password@". A password that contains a slash, which is not allowed in an address and happens
// all the same, must not end up in the key either.
func dropUser(s string, schemed bool) (rest string, had bool) {
	authority, _, _ := strings.Cut(s, "/")
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		return s[i+1:], true
	}
	_, port, hasPort := strings.Cut(authority, ":")
	if i := strings.LastIndexByte(s, '@'); schemed && i >= 0 && hasPort && !digits(port) {
		return s[i+1:], true
	}
	return s, false
}

// cutHost splits "host:port/path", "host/path" and the "host:path" of ssh. named is false when the text names no host.
func cutHost(s string, sure bool) (host, p string, named bool) {
	if strings.HasPrefix(s, "[") {
		if end := strings.IndexByte(s, ']'); end > 0 {
			_, p, _ = strings.Cut(s[end+1:], "/")
			return s[:end+1], p, true
		}
	}
	authority, p, slash := strings.Cut(s, "/")
	host, port, colon := strings.Cut(authority, ":")
	switch {
	case colon && digits(port) && (sure || strings.Contains(p, "/")):
		return host, p, true
	case colon:
		return host, port + "/" + p, true
	case sure:
		return host, p, true
	}
	return host, p, slash && (strings.Contains(host, ".") || strings.EqualFold(host, "localhost"))
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func dropControls(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, s)
}
