//! The paths that a dataflow reads, compiled to a trie, so that a record is visited once and everything else is
//! skipped.

use mare_model::schema::{EACH, element_of};

/// The trie of wanted paths. Every key in it, a leaf or on the way to one, has a slot of its own.
///
/// A path that is wanted twice, such as an event time that is also a declared field, has one slot. The paths
/// `item.loja`, `item.preco.valor` and `valor` make this trie of five slots:
///
/// ```text
/// record ─┬─ item (0) ─┬─ loja (1)
///         │            └─ preco (2) ─── valor (3)
///         └─ valor (4)
/// ```
///
/// The slots on the way, here those of `item` and `preco`, tell a scan that such a key has come before.
#[derive(Debug)]
pub(super) struct Wanted {
    /// The nodes; the first is the record itself. Children follow their parents.
    nodes: Vec<Node>,
    /// How many slots there are.
    slots: usize,
    /// The array whose elements are read one by one, and the place of their key in it. No scan of a record follows that
    /// key, for it is no number.
    each: Option<(NodeId, usize)>,
}

/// One object on the way to wanted values.
#[derive(Debug, Default)]
struct Node {
    /// The wanted keys of the object, in the order of the declarations.
    keys: Vec<Key>,
}

/// A wanted key of an object.
#[derive(Debug)]
pub(super) struct Key {
    /// Its name, without escapes.
    pub(super) name: Box<str>,
    /// The element of an array that it is as well, if it is one of the keys `[0]`, `[1]`, and so on.
    pub(super) element: Option<usize>,
    /// The slot of its value.
    pub(super) slot: usize,
    /// The object or array below it, if something in that is wanted.
    pub(super) node: Option<NodeId>,
}

/// Names an object of the trie; it lives as long as the trie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NodeId(usize);

impl NodeId {
    /// The record itself.
    pub(super) const ROOT: NodeId = NodeId(0);

    /// Its place among all of them.
    #[inline]
    pub(super) fn index(self) -> usize {
        self.0
    }
}

impl Wanted {
    /// A trie in which nothing is wanted.
    pub(super) fn new() -> Wanted {
        Wanted { nodes: vec![Node::default()], slots: 0, each: None }
    }

    /// Wants `path`, and returns the slot of its value. A path has at least one key.
    pub(super) fn want(&mut self, path: &[String]) -> usize {
        let (mut node, mut slot) = (NodeId::ROOT, 0);
        for (depth, name) in path.iter().enumerate() {
            let place = self.place(node, name);
            if depth + 1 < path.len() && self.nodes[node.0].keys[place].node.is_none() {
                self.nodes.push(Node::default());
                self.nodes[node.0].keys[place].node = Some(NodeId(self.nodes.len() - 1));
            }
            let key = &self.nodes[node.0].keys[place];
            slot = key.slot;
            node = key.node.unwrap_or(node);
        }
        slot
    }

    /// Wants each element of the array at `path`, one by one, and returns the slot of the array.
    pub(super) fn want_each(&mut self, path: &[String]) -> usize {
        let array = self.want(path);
        self.want(&[path, &[EACH.to_owned()]].concat());
        let mut keys = self.nodes.iter().flat_map(|node| &node.keys);
        let node = keys.find(|key| key.slot == array).and_then(|key| key.node);
        let place = |node: NodeId| self.keys(node).iter().position(|key| &*key.name == EACH);
        self.each = node.and_then(|node| Some((node, place(node)?)));
        array
    }

    /// The key of each element of the array that is read one by one, if one is.
    pub(super) fn element(&self) -> Option<&Key> {
        let (node, place) = self.each?;
        self.keys(node).get(place)
    }

    /// The slots of what is wanted at `key` and below it.
    pub(super) fn slots_of(&self, key: &Key) -> Vec<usize> {
        let below = key.node.into_iter().flat_map(|node| self.keys(node)).flat_map(|key| self.slots_of(key));
        std::iter::once(key.slot).chain(below).collect()
    }

    /// The place of the key `name` in `node`, made if it is new.
    fn place(&mut self, node: NodeId, name: &str) -> usize {
        let keys = &mut self.nodes[node.0].keys;
        keys.iter().position(|key| *key.name == *name).unwrap_or_else(|| {
            keys.push(Key::new(name, self.slots));
            self.slots += 1;
            keys.len() - 1
        })
    }

    /// How many slots there are.
    pub(super) fn slots(&self) -> usize {
        self.slots
    }

    /// The object or array in the slot `slot`, if something in that is wanted.
    pub(super) fn below(&self, slot: usize) -> Option<NodeId> {
        self.nodes.iter().flat_map(|node| &node.keys).find(|key| key.slot == slot)?.node
    }

    /// How many objects there are in which something is wanted, the record itself among them.
    pub(super) fn nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The wanted keys of an object.
    #[inline]
    pub(super) fn keys(&self, node: NodeId) -> &[Key] {
        self.nodes.get(node.0).map_or(&[], |node| &node.keys)
    }
}

impl Key {
    /// A key with nothing wanted below it.
    fn new(name: &str, slot: usize) -> Key {
        Key { name: name.into(), element: element_of(name), slot, node: None }
    }

    /// The key among `keys` that is this element of an array.
    #[inline]
    pub(super) fn of_element(keys: &[Key], element: usize) -> Option<&Key> {
        keys.iter().find(|key| key.element == Some(element))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(dotted: &str) -> Vec<String> {
        dotted.split('.').map(str::to_owned).collect()
    }

    #[test]
    fn a_path_has_one_slot_however_often_it_is_wanted() {
        let mut wanted = Wanted::new();
        let slots: Vec<usize> =
            ["a.b", "time", "a.c", "a.b", "a", "time"].map(|dotted| wanted.want(&path(dotted))).into();
        assert_eq!(slots[0], slots[3]);
        assert_eq!(slots[1], slots[5]);
        assert_eq!(wanted.slots(), 4, "a, a.b, time, a.c");
        let keys: Vec<&str> = wanted.keys(NodeId::ROOT).iter().map(|key| &*key.name).collect();
        assert_eq!(keys, ["a", "time"]);
        assert_eq!(wanted.keys(wanted.keys(NodeId::ROOT)[0].node.unwrap()).len(), 2);
    }
}
