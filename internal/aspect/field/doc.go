// Package field gives records what an administrator decides they carry: values of lists kept by hand (lookups), and
// fields of the organisation's own (custom fields).
//
// Lookups. An owner registers the lists its records draw on, with the values a new installation begins with and the
// attributes that mean something to the owner's code ([List]); an administrator then adds, renames, orders, colours and
// deletes values. A deleted value stays in the table, inactive, so that old records keep its name; deleting it can give
// the records another value in the same transaction, through the owner's [User]. An administrator may add lists of the
// organisation's own for custom fields.
//
// Custom fields. An owner mounts its kind of record ([Subject]); an administrator then defines fields on it, narrowed to
// a type where wanted, with a tab, an order, a default, when they are mandatory and who may see or change them. Values are
// kept by record in the column of their type, so that lists filter and sort by them on both engines. A field that is
// hidden from somebody never leaves the server for them: not in values, definitions, filters, sorting or history.
//
// It owns the tables lookup_list, lookup_value, lookup_seed, custom_field, custom_field_value and custom_field_record and
// publishes v_lookup. It declares the permissions
// field.view_field, field.manage_lookup and field.manage_custom_field; lists and definitions belong to the whole
// organisation, so that changing them takes the permission on its root.
//
// Event kinds: field.list_created, field.list_changed, field.list_deleted, field.lookup_created, field.lookup_changed,
// field.lookup_deleted, field.lookups_ordered, field.custom_field_created, field.custom_field_changed,
// field.custom_field_deleted, field.custom_fields_ordered, and field.values_changed in the history of the record.
//
// It asks of others: v_person, v_unit and what standing reads, and a [Statuses] for fields that are mandatory from a
// status on.
//
// Invariants: at most one active value of a list is its default; the names of active values of a list differ whatever
// their case; a default value that an administrator deleted or renamed never comes back by itself.
package field
