package db

import (
	"context"
	"database/sql"
	"os"
	"time"
)

// folder folds SQLite's write-ahead log back into the file beside the writers. Left to itself SQLite does that inside
// the commit that happens to cross a limit, and that one writer waits for it. It lives from Open to Close.
type folder struct {
	quit chan struct{}
	done chan struct{}
}

const (
	foldEvery = 250 * time.Millisecond
	// foldFrom is the size of the log from which folding is worth it.
	foldFrom = 4 << 20
)

func startFolder(path string) *folder {
	f := &folder{quit: make(chan struct{}), done: make(chan struct{})}
	go f.run(path)
	return f
}

func (f *folder) run(path string) {
	defer close(f.done)
	conn, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(0)&_pragma=synchronous(NORMAL)")
	if err != nil {
		return // SQLite's own limit still folds
	}
	defer conn.Close()
	conn.SetMaxOpenConns(1)
	tick := time.NewTicker(foldEvery)
	defer tick.Stop()
	for {
		select {
		case <-f.quit:
			return
		case <-tick.C:
		}
		if info, err := os.Stat(path + "-wal"); err != nil || info.Size() < foldFrom {
			continue
		}
		// Passive: it copies what no reader needs any more and waits for nobody.
		_, _ = conn.ExecContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)")
	}
}

func (f *folder) stop() {
	close(f.quit)
	<-f.done
}
