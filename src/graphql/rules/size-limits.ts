import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/**
 * Much more than our clients send, and much less than what takes noticeable time. Counted after fragments are spread.
 * `repetitions`: fields with one response name in one place. A union of eight types needs eight of each field.
 */
export const SIZE_LIMITS = { depth: 8, fields: 150, aliases: 15, directives: 20, repetitions: 25 } as const;

/** Of a document: fragments and operations that it defines. */
export const DEFINITION_LIMITS = { fragments: 30, operations: 20 } as const;

type Limit = keyof typeof SIZE_LIMITS | keyof typeof DEFINITION_LIMITS;

const NAMES: Partial<Record<Limit, string>> = { depth: 'levels', repetitions: 'fields with the same name' };

type Size = { depth: number; fields: number; aliases: number; directives: number };
type Fragments = Map<string, FragmentDefinitionNode>;
type IsCounted = (field: FieldNode) => boolean;

const NOTHING: Size = { depth: 0, fields: 0, aliases: 0, directives: 0 };

/**
 * Why a document is too large. Introspection is not counted where it is allowed. Where it is not, it is counted, because
 * the rule against it does not find all of it: not `__schema` of a type that is no Query. Takes time in proportion to the
 * tokens of the document, so it runs before the rules that compare fields with each other. The fragments must not spread
 * themselves.
 */
export function checkSize(document: DocumentNode, { introspection }: { introspection: boolean }): GraphQLError[] {
  const fragments: Fragments = new Map();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === 'FragmentDefinition') fragments.set(definition.name.value, definition);
    if (definition.kind === 'OperationDefinition') operations.push(definition);
  }
  const definitions = { fragments: document.definitions.length - operations.length, operations: operations.length };
  for (const limit of ['fragments', 'operations'] as const)
    if (definitions[limit] > DEFINITION_LIMITS[limit]) return [tooMany(limit, DEFINITION_LIMITS[limit])];

  const isCounted = introspection ? (field: FieldNode) => !isIntrospection(field) : () => true;
  const measure = createMeasure(fragments, isCounted);
  // A fragment that no operation uses is compared with the others too.
  for (const definition of [...operations, ...fragments.values()]) {
    if (introspection && isOnIntrospection(definition)) continue;
    const size = measure(definition.selectionSet);
    for (const limit of Object.keys(size) as (keyof Size)[])
      if (size[limit] > SIZE_LIMITS[limit]) return [tooMany(limit, SIZE_LIMITS[limit], definition)];
    if (maxRepetitions([definition.selectionSet], fragments, isCounted) > SIZE_LIMITS.repetitions)
      return [tooMany('repetitions', SIZE_LIMITS.repetitions, definition)];
  }
  return [];
}

function tooMany(limit: Limit, maximum: number, node?: OperationDefinitionNode | FragmentDefinitionNode): GraphQLError {
  return new GraphQLError(`The operation has too many ${NAMES[limit] ?? limit}: the maximum is ${maximum}.`, {
    ...(node && { nodes: node }),
    extensions: { code: 'OPERATION_TOO_LARGE' },
  });
}

function createMeasure(fragments: Fragments, isCounted: IsCounted): (set: SelectionSetNode | undefined) => Size {
  const measured = new Map<string, Size>(); // each once, even if it is spread many times

  function measure(set: SelectionSetNode | undefined): Size {
    let total = NOTHING;
    for (const selection of set?.selections ?? []) {
      const own = selection.directives?.length ?? 0;
      if (selection.kind === 'Field') {
        if (!isCounted(selection)) continue;
        const inner = measure(selection.selectionSet);
        total = add(total, {
          depth: inner.depth + 1,
          fields: inner.fields + 1,
          aliases: inner.aliases + (selection.alias ? 1 : 0),
          directives: inner.directives + own,
        });
      } else {
        const inner =
          selection.kind === 'InlineFragment' ? measure(selection.selectionSet) : measureFragment(selection.name.value);
        total = add(total, { ...inner, directives: inner.directives + own });
      }
    }
    return total;
  }

  function measureFragment(name: string): Size {
    const known = measured.get(name);
    if (known) return known;
    const size = measure(fragments.get(name)?.selectionSet);
    measured.set(name, size);
    return size;
  }

  return measure;
}

/**
 * The largest number of fields that share a response name, at any level. The rule that merges fields compares each pair
 * of them.
 */
function maxRepetitions(sets: readonly SelectionSetNode[], fragments: Fragments, isCounted: IsCounted): number {
  const byName = new Map<string, FieldNode[]>();
  const spread = new Set<string>();

  function collect({ selections }: SelectionSetNode): void {
    for (const selection of selections) {
      if (selection.kind === 'InlineFragment') collect(selection.selectionSet);
      else if (selection.kind === 'Field') {
        if (!isCounted(selection)) continue;
        const name = (selection.alias ?? selection.name).value;
        const same = byName.get(name);
        if (same) same.push(selection);
        else byName.set(name, [selection]);
      } else if (!spread.has(selection.name.value)) {
        spread.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  }

  for (const set of sets) collect(set);
  let most = 0;
  for (const same of byName.values()) {
    const inner = same.flatMap(({ selectionSet }) => selectionSet ?? []);
    most = Math.max(most, same.length, inner.length > 0 ? maxRepetitions(inner, fragments, isCounted) : 0);
  }
  return most;
}

const isIntrospection = ({ name }: FieldNode) => name.value === '__schema' || name.value === '__type';

/** Whether it is a fragment on a type of introspection, such as the nine levels of TypeRef in the query of GraphiQL. */
const isOnIntrospection = (definition: OperationDefinitionNode | FragmentDefinitionNode) =>
  definition.kind === 'FragmentDefinition' && definition.typeCondition.name.value.startsWith('__');

const add = (one: Size, other: Size): Size => ({
  depth: Math.max(one.depth, other.depth),
  fields: one.fields + other.fields,
  aliases: one.aliases + other.aliases,
  directives: one.directives + other.directives,
});
