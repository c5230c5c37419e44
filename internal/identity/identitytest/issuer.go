package identitytest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"millrace/internal/platform/clock"
)

// The client that the issuer knows.
const (
	ClientID     = "millrace-client"
	ClientSecret = "client-secret-of-the-test"
)

// Issuer is a small OpenID Connect provider for tests: discovery, keys, authorization with PKCE, token and user info. It
// signs in whoever its Claims describe, without asking.
type Issuer struct {
	URL string
	// Claims are what the ID token says about the person, beside what the protocol wants.
	Claims map[string]any
	// UserInfo is what the user-info address adds; nil means that there is no such address.
	UserInfo map[string]any
	// Change may spoil the claims of an ID token before it is signed.
	Change func(claims map[string]any)
	// Tamper may spoil the signed ID token.
	Tamper func(token string) string
	// Refuse makes the authorization end with this error.
	Refuse string
	// ForeignKey signs with a key that is not published.
	ForeignKey bool

	clock  clock.Clock
	key    *rsa.PrivateKey
	alien  *rsa.PrivateKey
	mu     sync.Mutex
	grants map[string]grant
	tokens map[string]bool
	// Requests counts what reached each address.
	requests map[string]int
	server   *httptest.Server
}

type grant struct{ challenge, redirect, nonce string }

// NewIssuer starts an issuer; it stops when the test ends.
func NewIssuer(t testing.TB, c clock.Clock) *Issuer {
	t.Helper()
	i := &Issuer{clock: c, grants: map[string]grant{}, tokens: map[string]bool{}, requests: map[string]int{}}
	var err error
	if i.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	if i.alien, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", i.discovery)
	mux.HandleFunc("GET /keys", i.keys)
	mux.HandleFunc("GET /authorize", i.authorize)
	mux.HandleFunc("POST /token", i.token)
	mux.HandleFunc("GET /userinfo", i.userInfo)
	i.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		i.requests[r.URL.Path]++
		i.mu.Unlock()
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(i.server.Close)
	i.URL = i.server.URL
	return i
}

// Person makes the issuer sign somebody in with a verified email and groups.
func (i *Issuer) Person(subject, email string, groups ...string) {
	i.Claims = map[string]any{"sub": subject, "email": email, "email_verified": true, "name": "Person " + subject, "groups": groups}
}

// Requests returns how often a path was asked.
func (i *Issuer) Requests(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.requests[path]
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (i *Issuer) discovery(w http.ResponseWriter, _ *http.Request) {
	doc := map[string]any{
		"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"},
	}
	if i.UserInfo != nil {
		doc["userinfo_endpoint"] = i.URL + "/userinfo"
	}
	answer(w, 200, doc)
}

func (i *Issuer) keys(w http.ResponseWriter, _ *http.Request) {
	answer(w, 200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: i.key.Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"}}})
}

func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != ClientID || q.Get("response_type") != "code" || !strings.Contains(" "+q.Get("scope")+" ", " openid ") ||
		q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("state") == "" || q.Get("nonce") == "" {
		http.Error(w, "bad authorization request", http.StatusBadRequest)
		return
	}
	out := url.Values{"state": {q.Get("state")}}
	if i.Refuse != "" {
		out.Set("error", i.Refuse)
	} else {
		code := rand.Text()
		i.mu.Lock()
		i.grants[code] = grant{challenge: q.Get("code_challenge"), redirect: q.Get("redirect_uri"), nonce: q.Get("nonce")}
		i.mu.Unlock()
		out.Set("code", code)
	}
	back.RawQuery = out.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	if id != ClientID || secret != ClientSecret {
		answer(w, 401, map[string]string{"error": "invalid_client"})
		return
	}
	i.mu.Lock()
	g, known := i.grants[r.PostFormValue("code")]
	delete(i.grants, r.PostFormValue("code"))
	i.mu.Unlock()
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || g.redirect != r.PostFormValue("redirect_uri") || base64.RawURLEncoding.EncodeToString(sum[:]) != g.challenge {
		answer(w, 400, map[string]string{"error": "invalid_grant"})
		return
	}
	access := rand.Text()
	i.mu.Lock()
	i.tokens[access] = true
	i.mu.Unlock()
	answer(w, 200, map[string]any{"access_token": access, "token_type": "Bearer", "expires_in": 300, "id_token": i.idToken(g.nonce)})
}

func (i *Issuer) idToken(nonce string) string {
	now := i.clock.Now()
	claims := map[string]any{"iss": i.URL, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": nonce}
	maps.Copy(claims, i.Claims)
	if i.Change != nil {
		i.Change(claims)
	}
	key := i.key
	if i.ForeignKey {
		key = i.alien
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, nil)
	if err != nil {
		panic(err)
	}
	raw, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	signed, err := signer.Sign(raw)
	if err != nil {
		panic(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	if i.Tamper != nil {
		return i.Tamper(token)
	}
	return token
}

func (i *Issuer) userInfo(w http.ResponseWriter, r *http.Request) {
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	i.mu.Lock()
	good := i.tokens[token]
	i.mu.Unlock()
	if !good || i.UserInfo == nil {
		answer(w, 401, map[string]string{"error": "invalid_token"})
		return
	}
	answer(w, 200, i.UserInfo)
}
