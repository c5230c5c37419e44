import { ActionIcon, Button, CloseButton, Group, Text, TextInput, VisuallyHidden } from "@mantine/core";
import { useDebouncedCallback, useMediaQuery } from "@mantine/hooks";
import { IconSearch, IconSearchOff, IconX } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from "react";
import { asProblem } from "@/api/problem";
import { keys } from "@/api/query";
import { useStored } from "@/lib/stored";
import { EmptyState } from "../EmptyState";
import { ProblemAlert } from "../ProblemAlert";
import { t } from "../text";
import classes from "./DataList.module.css";
import { exportList } from "./exportList";
import { FilterChips } from "./FilterChips";
import { type Density, OptionsMenu, ViewsMenu } from "./ListMenus";
import { ListRows } from "./ListRows";
import type { BulkAction, ListArgs, ListColumn, ListFilter, ListSource } from "./types";
import { type ListState, useListState } from "./useListState";

export interface DataListProps<T> {
  /** Names the list for what is kept on this machine and for the exported file: "persons". */
  id: string;
  /** What the rows are, for the ear: "Persons". */
  label: string;
  source: ListSource<T>;
  columns: ListColumn<T>[];
  rowId: (row: T) => string;
  rowName: (row: T) => string;
  filters?: ListFilter[];
  searchPlaceholder?: string;
  defaultSort?: string;
  /** Opens a row (?open=…) unless said otherwise; false makes rows plain. */
  onOpen?: ((row: T) => void) | false;
  onEdit?: (row: T) => void;
  /** Items of the row's menu (Menu.Item elements). */
  rowMenu?: (row: T) => ReactNode;
  bulk?: BulkAction<T>[];
  /** What stands when there are no rows and no filter. */
  empty: ReactNode;
  /** Acts beside the search. */
  children?: ReactNode;
  noExport?: boolean;
  /** Exports what is filtered by another way than reading every page, for instance an address of the server. */
  onExport?: (args: Pick<ListArgs, "q" | "filters" | "sort" | "unit">) => void;
  /** For a list whose server cannot look for words. */
  noSearch?: boolean;
  /** Height of the scrolling part; the list otherwise fills what is left of the page. */
  height?: number | string;
}

/** The one list of the product: search, filters, sort, columns and the open row live in the address. */
export function DataList<T>(props: DataListProps<T>) {
  const { id, source, columns, filters = [], bulk, rowId } = props;
  const state = useListState(columns, filters, props.defaultSort);
  const narrow = useMediaQuery("(max-width: 48em)") ?? false;
  const [density, setDensity] = useStored<Density>(`density.${id}`, "comfortable");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const region = useRef<HTMLElement>(null);
  const keysHint = useId();

  const args = { q: state.q || undefined, filters: state.filterValues, sort: state.sort, unit: state.unit };
  const query = useInfiniteQuery({
    queryKey: keys.list(source.kind, { list: id, ...args }),
    queryFn: ({ pageParam, signal }) => source.page({ ...args, cursor: pageParam, limit: 100 }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next || undefined,
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => query.data?.pages.flatMap((p) => p.items) ?? [], [query.data]);
  const total = query.data?.pages[0]?.total;
  const chosen = useMemo(() => rows.filter((r) => selected.has(rowId(r))), [rows, selected, rowId]);

  const scope = JSON.stringify(args);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another question means another selection
  useEffect(() => setSelected(new Set()), [scope]);

  const none = query.isSuccess && rows.length === 0;
  const firstError = query.isError && rows.length === 0;

  return (
    <section
      ref={region}
      className={classes.list}
      data-fill={props.height === undefined || undefined}
      style={props.height !== undefined ? { height: props.height, flex: "none" } : undefined}
      aria-label={props.label}
      aria-describedby={keysHint}
    >
      <VisuallyHidden id={keysHint}>{t("list.keys")}</VisuallyHidden>
      <div className={classes.toolbar}>
        {!props.noSearch && <SearchBox state={state} placeholder={props.searchPlaceholder} />}
        <FilterChips filters={filters} state={state} />
        <div className={classes.spring} />
        {!none && !firstError && query.data && (
          <Text size="xs" c="dimmed" aria-live="polite">
            {total !== undefined || !query.hasNextPage
              ? t("list.count", { count: total ?? rows.length })
              : t("list.countMore", { count: rows.length })}
          </Text>
        )}
        <Group gap={4} wrap="nowrap">
          <ViewsMenu id={id} state={state} />
          <OptionsMenu
            columns={columns}
            state={state}
            density={density}
            setDensity={setDensity}
            onExport={
              props.noExport
                ? undefined
                : () =>
                    props.onExport
                      ? props.onExport(args)
                      : void exportList(
                          source,
                          [columns[0] as ListColumn<T>, ...columns.slice(1).filter((c) => state.visible.includes(c))],
                          args,
                          id,
                        )
            }
          />
        </Group>
        {props.children && <Group className={classes.acts}>{props.children}</Group>}
      </div>
      {bulk && chosen.length > 0 && (
        <div className={classes.bulk} role="toolbar" aria-label={t("list.selected", { count: chosen.length })}>
          <Text size="sm" fw={500}>
            {t("list.selected", { count: chosen.length })}
          </Text>
          {bulk.map((b) => (
            <Button
              key={b.id}
              size="compact-sm"
              variant="default"
              c={b.danger ? "var(--status-bad)" : undefined}
              leftSection={b.icon && <b.icon size={16} />}
              onClick={() => b.run(chosen, () => setSelected(new Set()))}
            >
              {b.label}
            </Button>
          ))}
          <ActionIcon size="md" aria-label={t("list.clearSelection")} onClick={() => setSelected(new Set())}>
            <IconX size={16} />
          </ActionIcon>
        </div>
      )}
      {query.isError && rows.length > 0 && !query.isFetchNextPageError && (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      )}
      {firstError ? (
        <div className={classes.message}>
          <ProblemAlert
            error={query.error}
            onRetry={asProblem(query.error).status === 403 ? undefined : () => void query.refetch()}
          />
        </div>
      ) : none && state.filtered ? (
        <EmptyState
          icon={IconSearchOff}
          title={t("list.filteredOut")}
          body={t("list.filteredOutBody")}
          action={
            <Button variant="default" onClick={state.clear}>
              {t("list.clear")}
            </Button>
          }
        />
      ) : none ? (
        props.empty
      ) : (
        <ListRows
          {...props}
          state={state}
          visible={state.visible}
          rows={rows}
          loading={query.isPending}
          busy={query.isPlaceholderData}
          density={density}
          narrow={narrow}
          selected={selected}
          setSelected={setSelected}
          more={{
            has: query.hasNextPage,
            loading: query.isFetchingNextPage,
            error: query.isFetchNextPageError ? query.error : undefined,
            load: () => void query.fetchNextPage(),
          }}
          onSearchKey={() => region.current?.querySelector<HTMLInputElement>("input[type=search]")?.focus()}
        />
      )}
    </section>
  );
}

function SearchBox({ state, placeholder }: { state: ListState; placeholder?: string }) {
  const [typed, setTyped] = useState(state.q);
  const push = useDebouncedCallback((q: string) => state.setQ(q.trim()), 200);
  const sent = useRef(state.q);
  // The address may change without typing: Back, a saved view, "clear filters".
  useEffect(() => {
    if (state.q !== sent.current) setTyped(state.q);
    sent.current = state.q;
  }, [state.q]);
  return (
    <TextInput
      type="search"
      className={classes.search}
      aria-label={placeholder ?? t("list.search")}
      placeholder={placeholder ?? t("list.search")}
      leftSection={<IconSearch size={16} />}
      value={typed}
      maxLength={200}
      onChange={(e) => {
        setTyped(e.currentTarget.value);
        sent.current = e.currentTarget.value.trim();
        push(e.currentTarget.value);
      }}
      rightSection={
        typed ? (
          <CloseButton
            size={24}
            aria-label={t("list.clearSearch")}
            onClick={() => {
              setTyped("");
              sent.current = "";
              state.setQ("");
            }}
          />
        ) : undefined
      }
    />
  );
}
