// Package web carries the built web interface inside the binary and serves it: one page for every address of the
// application, hashed assets that a browser keeps for good, and headers that let nothing foreign run in it.
package web

import (
	"embed"
	"io/fs"
	"net/http"
)

// The build may be empty in a checkout where the web interface was never built; the handler then says so.
//
//go:embed all:dist
var dist embed.FS

// FS returns the built files, rooted where index.html lies.
func FS() fs.FS {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the directory is embedded above; it cannot be missing
	}
	return sub
}

// Handler serves the embedded web interface. It belongs behind every other route: what it does not know as a file, and
// what does not look like one, is an address of the application and gets its page.
func Handler() http.Handler { return NewHandler(FS()) }
