package sheet

import "millrace/internal/platform/events"

// Subject is the kind under which the history knows imports.
const Subject = "environment_import"

// MappingSubject is the kind under which the history knows named mappings.
const MappingSubject = "environment_import_mapping"

// The kinds of events the slice appends.
const (
	ImportUploaded  events.Kind = "sheet.import_uploaded"
	ImportDone      events.Kind = "sheet.import_done"
	ImportFailed    events.Kind = "sheet.import_failed"
	ImportUndone    events.Kind = "sheet.import_undone"
	ImportDiscarded events.Kind = "sheet.import_discarded"
	MappingSaved    events.Kind = "sheet.mapping_saved"
	MappingDeleted  events.Kind = "sheet.mapping_deleted"
)

// Events declares the kinds.
var Events = []events.Definition{
	{Kind: ImportUploaded, Subject: Subject, Action: events.Added, Sentence: "{actor} uploaded {subject} to import it"},
	{Kind: ImportDone, Subject: Subject, Action: events.Modified, Sentence: "{actor} imported {what} from {subject}: {created} new, {changed} changed, {unchanged} unchanged"},
	{Kind: ImportFailed, Subject: Subject, Action: events.Modified, Sentence: "The import of {subject} failed: {reason}"},
	{Kind: ImportUndone, Subject: Subject, Action: events.Modified, Sentence: "{actor} took back the import of {subject}"},
	{Kind: ImportDiscarded, Subject: Subject, Action: events.Deleted, Sentence: "{actor} discarded the import of {subject}"},
	{Kind: MappingSaved, Subject: MappingSubject, Action: events.Modified, Sentence: "{actor} saved the mapping {subject}"},
	{Kind: MappingDeleted, Subject: MappingSubject, Action: events.Deleted, Sentence: "{actor} deleted the mapping {subject}"},
}
