import { Button, Checkbox, Group, Loader, Paper, Popover, Stack, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useId, useRef, useState } from "react";
import { personPicker } from "@/api/lookups";
import { ProblemAlert } from "@/components/ProblemAlert";
import classes from "./comment.module.css";
import { type Draft, toBody, toDraft, typedMention, withMention } from "./draft";
import { t } from "./text";

/** Where a comment is written: "@" finds persons, Ctrl or ⌘ Enter sends. What was typed stays when sending fails. */
export function Composer({
  label,
  verb,
  body = "",
  canTellOutside,
  autoFocus,
  onSend,
  onCancel,
}: {
  label: string;
  verb: string;
  body?: string;
  /** Whether one may choose to tell followers outside the organisation. */
  canTellOutside?: boolean;
  autoFocus?: boolean;
  onSend: (body: string, external: boolean) => Promise<unknown>;
  onCancel?: () => void;
}) {
  const [draft, setDraft] = useState<Draft>(() => toDraft(body));
  const [external, setExternal] = useState(false);
  const [caret, setCaret] = useState<number>();
  const [at, setAt] = useState(0);
  const [dismissed, setDismissed] = useState<number>();
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const field = useRef<HTMLTextAreaElement>(null);
  const listId = useId();

  const typed = caret === undefined ? undefined : typedMention(draft.text, caret);
  const asking = typed !== undefined && typed.from !== dismissed;
  const [q] = useDebouncedValue(typed?.q ?? "", 120);
  const people = useQuery({
    queryKey: [personPicker.key, "list", { picker: true, q }],
    queryFn: ({ signal }) => personPicker.find(q, signal),
    enabled: asking,
    placeholderData: (before) => before,
    retry: false,
  });
  const found = (people.data ?? []).slice(0, 8);
  // A second word may be a family name or the next word of the sentence: nothing found means the latter.
  const open = asking && !people.isError && (found.length > 0 || !typed.q.includes(" "));

  const choose = (person: { value: string; label: string }) => {
    if (!typed) return;
    const next = withMention(draft, typed, person);
    setDraft(next.draft);
    setCaret(next.caret);
    setAt(0);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(next.caret, next.caret);
    });
  };
  const send = async () => {
    const text = toBody(draft);
    if (!text || busy) return;
    setBusy(true);
    setProblem(undefined);
    try {
      await onSend(text, external);
      setDraft({ text: "", people: {} });
      setExternal(false);
      setCaret(undefined);
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  const onKey = (e: KeyboardEvent) => {
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) {
      e.preventDefault();
      void send();
      return;
    }
    if (open && typed) {
      const chosen = found[at];
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        e.preventDefault();
        setAt((i) => (i + (e.key === "ArrowDown" ? 1 : found.length - 1)) % Math.max(1, found.length));
      } else if ((e.key === "Enter" || e.key === "Tab") && chosen) {
        e.preventDefault();
        choose(chosen);
      } else if (e.key === "Escape") {
        e.preventDefault();
        e.stopPropagation();
        setDismissed(typed.from);
      }
    } else if (e.key === "Escape" && onCancel) {
      e.stopPropagation();
      onCancel();
    }
  };
  return (
    <Stack gap="xs">
      {problem !== undefined && <ProblemAlert error={problem} />}
      <Popover
        opened={open}
        position="bottom-start"
        width={260}
        trapFocus={false}
        withRoles={false}
        withinPortal
        shadow="md"
      >
        <Popover.Target>
          <Textarea
            ref={field}
            aria-label={label}
            placeholder={label}
            description={t("help")}
            inputWrapperOrder={["input", "description"]}
            autosize
            minRows={2}
            maxRows={16}
            maxLength={20_000}
            data-autofocus={autoFocus || undefined}
            autoFocus={autoFocus}
            value={draft.text}
            aria-autocomplete="list"
            aria-controls={open ? listId : undefined}
            aria-activedescendant={open && found[at] ? `${listId}-${at}` : undefined}
            onChange={(e) => {
              setDraft({ ...draft, text: e.currentTarget.value });
              setCaret(e.currentTarget.selectionStart);
              setAt(0);
            }}
            onSelect={(e) => setCaret(e.currentTarget.selectionStart)}
            onBlur={() => setCaret(undefined)}
            onKeyDown={onKey}
          />
        </Popover.Target>
        <Popover.Dropdown p={0}>
          {found.length > 0 ? (
            <div id={listId} role="listbox" aria-label={t("people")} className={classes.found}>
              {found.map((p, i) => (
                <div
                  key={p.value}
                  id={`${listId}-${i}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={i === at}
                  data-on={i === at || undefined}
                  onMouseEnter={() => setAt(i)}
                  onMouseDown={(e) => {
                    e.preventDefault();
                    choose(p);
                  }}
                >
                  {p.label}
                </div>
              ))}
            </div>
          ) : (
            <Paper p="xs" shadow="none" role="status">
              {people.isFetching ? (
                <Loader size={14} aria-label={t("loading")} />
              ) : (
                <Text size="sm" c="dimmed">
                  {t("nobody")}
                </Text>
              )}
            </Paper>
          )}
        </Popover.Dropdown>
      </Popover>
      <Group justify="space-between" gap="xs">
        {canTellOutside ? (
          <Checkbox
            size="xs"
            label={t("external")}
            checked={external}
            onChange={(e) => setExternal(e.currentTarget.checked)}
          />
        ) : (
          <span />
        )}
        <Group gap="xs">
          {onCancel && (
            <Button variant="default" size="compact-md" onClick={onCancel}>
              {t("cancel")}
            </Button>
          )}
          <Button size="compact-md" loading={busy} disabled={!draft.text.trim()} onClick={() => void send()}>
            {verb}
          </Button>
        </Group>
      </Group>
    </Stack>
  );
}
