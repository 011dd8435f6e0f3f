//! Ten thousand random writes whose roots Go iavl v1.2.2 computed too.

use crate::random::mix;
use ics_kv::Bytes;
use ics_store::iavl::{EMPTY_ROOT, Tree};

/// Roots after each of twenty blocks of 500 writes, the first at height `initial`.
fn run(initial: u64) -> Vec<(u64, u8, String)> {
    let mut tree = Tree::new();
    let mut s = 0_u64;
    let mut roots = Vec::new();
    for height in initial..initial + 20 {
        for _ in 0..500 {
            s += 1;
            let x = mix(s);
            let key = format!("key/{}", (x >> 8) % 2000);
            if x % 10 < 3 {
                tree.remove(key.as_bytes(), height);
            } else {
                tree.set(key.as_bytes(), Bytes::copy_from_slice(&mix(x).to_be_bytes()), height);
            }
        }
        roots.push((tree.size(), tree.height(), hex::encode(tree.root_hash())));
    }
    roots
}

#[test]
fn ten_thousand_random_writes_give_the_roots_of_go() {
    let roots = run(1);
    for (version, size, height, root) in [
        (1, 297, 10, "205d75e07867636413db749d8c94c65ccc61e0067fbf7c4ef96f9f2d1a65c05d"),
        (2, 550, 11, "cc4f8f829b1c5610d8057af9127b25f96f41db6ed43b1b48a3cdb67650f54b4c"),
        (10, 1309, 12, "ce49839082443f33aa74ee54b751b9da7dc092eedf006415d5a34a125085db9f"),
        (20, 1369, 12, "c6819ebcf2f21f271fa217f7f06134e185f8e3c3541a4a15d70247ce746b3841"),
    ] {
        assert_eq!(roots[version - 1], (size, height, root.to_owned()), "version {version}");
    }
}

#[test]
fn a_late_first_height_gives_the_roots_of_go() {
    let roots = run(1_000_000);
    for (index, root) in [
        (0, "e20a3ec625f1ea2fcdfa4a0f28b81ca456cbeab6c7ec8cd3e854c9040cefb9be"),
        (1, "59f11d264b04fb0fc85e09def36d87fb5d9f6e736d10791745ef31c446a34faf"),
        (9, "14d26569eae4a086c001c3c3def4234d40f5400be501e7c6fabdd1dbdd206604"),
        (19, "546dd244bd5670e04c94ad0fa35ceadf54508465c7ec69534117a7fa59a2af01"),
    ] {
        assert_eq!(roots[index].2, root, "version {}", 1_000_000 + index);
    }
}

#[test]
fn writing_the_same_value_changes_the_root_and_removing_an_absent_key_does_not() {
    let mut tree = Tree::new();
    let set = |tree: &mut Tree, key: &str, value: &'static str, height| {
        tree.set(key.as_bytes(), Bytes::from_static(value.as_bytes()), height);
    };
    for (key, value) in [("a", "1"), ("b", "2"), ("c", "3")] {
        set(&mut tree, key, value, 1);
    }
    let first = "94ee7455e38ba1286d6f8e8317485dd90e8d9ced4795e233270868ce3f74814e";
    assert_eq!(hex::encode(tree.root_hash()), first);
    set(&mut tree, "b", "2", 3);
    let second = "85f41e2e22d810f7712303382a9d297bb35607192df51963a6c5c5d485626b46";
    assert_eq!(hex::encode(tree.root_hash()), second);
    assert!(!tree.remove(b"absent", 4));
    assert_eq!(hex::encode(tree.root_hash()), second);
    for key in ["a", "b", "c"] {
        assert!(tree.remove(key.as_bytes(), 5));
    }
    assert_eq!((tree.root_hash(), tree.size()), (EMPTY_ROOT, 0));
    assert_eq!(tree.prove(b"a"), None);
    set(&mut tree, "x", "9", 7);
    let last = "87a4ab258500f1ab6de2b413ea2ff1c3924b51987ab2df6c140ea38b554055bf";
    assert_eq!(hex::encode(tree.root_hash()), last);
}
