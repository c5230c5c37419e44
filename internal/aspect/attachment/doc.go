// Package attachment lets files and addresses be attached to any record.
//
// It owns the tables attachment, attachment_list and attachment_chunk. It declares no permissions of its own: whoever may
// view a record may see and download its attachments, whoever may change it may add and delete them. Event kinds:
// attachment.added and attachment.deleted, with name, size and SHA-256, in the history of the record.
//
// Files lie in the database, in chunks of a quarter of a megabyte: so both engines, backups and several nodes need nothing
// more. An upload is written chunk by chunk in transactions of its own and becomes visible in the last one, so that a slow
// sender holds no lock; what was broken off is swept by [Service.Purge]. Size and number are bounded per file and record.
//
// What people upload is never shown by the server as a page: it is sent as a download, with the type that was found in its
// content, no guessing and a sandbox.
package attachment
