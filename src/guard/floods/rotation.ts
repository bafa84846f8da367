/** Items that take turns. Those of one network have together the turns of one, and the networks in it alternate too. */
export interface Rotation<Item> {
  /** @param path the networks of the item, the widest first */
  add(path: readonly string[], item: Item): void;
  /** Removes the item whose turn it is. */
  next(): Item | undefined;
  isEmpty(): boolean;
}

export function createRotation<Item>(): Rotation<Item> {
  const root: Node<Item> = { items: [], inner: new Map() };
  return {
    add(path, item) {
      let node = root;
      for (const network of path) {
        const inner: Node<Item> = node.inner.get(network) ?? { items: [], inner: new Map() };
        node.inner.set(network, inner);
        node = inner;
      }
      node.items.push(item);
    },
    next: () => takeFrom(root),
    isEmpty: () => isEmpty(root),
  };
}

interface Node<Item> {
  items: Item[];
  /** In the order of their turns. */
  inner: Map<string, Node<Item>>;
}

const isEmpty = ({ items, inner }: Node<unknown>) => items.length === 0 && inner.size === 0;

function takeFrom<Item>(node: Node<Item>): Item | undefined {
  const [first] = node.inner;
  if (!first) return node.items.shift();
  const [network, inner] = first;
  const item = takeFrom(inner);
  node.inner.delete(network);
  if (!isEmpty(inner)) node.inner.set(network, inner);
  return item;
}
