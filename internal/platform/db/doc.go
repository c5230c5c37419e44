// Package db is the only place that knows engines. It opens SQLite (the embedded default) or PostgreSQL (many nodes),
// gives transactions to use cases through [DB.Write] and [DB.Read], and hides the few spellings in which the engines
// differ behind named helpers.
//
// Rules of use: a transaction begins in an exported use case and nowhere else; the closure given to Write may run more
// than once, so it touches neither network nor memory outside itself; what must happen only if the transaction is
// kept goes to [Tx.AfterCommit].
package db
