"""The page as it was when it was read: the sentences in order, each by its hash, and not a word of them.

Those that no clause carries are headings and references to other pages. Their hashes tell what is new on a later copy;
the order of the hashes tells what moved, and what stands now where a sentence stood.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from backup_slr.lifecycle.clauses import CLAUSES, STRAIGHT, Clause, sentence_hash


@dataclass(frozen=True)
class Part:
    """Successive words of a sentence, by their hash (`phrase_hash`).

    `of` names the clauses that rest on them; none means every clause that carries the sentence. The words of a `link`
    to another page are those of no clause: they follow the title of that page.
    """

    sha256: str
    of: tuple[str, ...] = ()
    link: bool = False


@dataclass(frozen=True)
class AsRead:
    """The page as it was read: its clauses, the hashes of its sentences in order, the parts of some of them.

    `optional` has hashes of what stands on some copies of the page only.
    """

    clauses: tuple[Clause, ...]
    page: tuple[str, ...]
    parts: Mapping[str, tuple[Part, ...]] = field(default_factory=dict[str, tuple[Part, ...]])
    optional: frozenset[str] = frozenset()

    @cached_property
    def carried(self) -> frozenset[str]:
        """The hashes of the sentences that clauses carry."""
        return frozenset(h for clause in self.clauses for h in clause.sha256)

    @cached_property
    def known(self) -> frozenset[str]:
        """The hashes of all sentences."""
        return self.optional.union(self.page)


def words(sentence: str) -> list[str]:
    """The words of a sentence, without the punctuation around them.

    >>> words("First, (the) \u201cRole\u201d.")
    ['First', 'the', 'Role']
    """
    return [word.strip(".,;:()'\"") for word in sentence.translate(STRAIGHT).split()]


def phrase_hash(phrase: str) -> str:
    """The hash under which successive words of a sentence are known, whatever their punctuation."""
    return sentence_hash(" ".join(words(phrase)))


WINDOW_TITLE = "972c7835c21a58bcf819b17cf22d0761fb21477679611a355a6594ff451fcbeb"
"""The title of the window, which begins a copy of the text in some browsers."""

PAGE: tuple[str, ...] = (
    "867c0a73233f7237d02d9dfa4e7cdbad99b359e5de778ed093d339f36445b970",
    "d88320ccc596718a74d5467c7ffccfe482f642cc82620d9ba0243e503a8f8aad",
    "ac9da32fd9948d4ece011be7c456083fb031b9e39374c755d8d485c852368e75",
    "e5c728056a3c5c00757b812df0f0bed6ad72c8f48206eb126c6d5c3808333e2d",
    "291cb6105347c2ce204d10c4d5bec9354c94e5675e12d209efd7af1dc5f4173a",
    "c790124f36cf5ebcfa676b6cb83a8eb72c22dae9e5c521cea056b508c0b33a2a",
    "f612a3272146b7ffe8bae7216c63ec378ac15a0e36337954d7c6a5eac4680810",
    "2aef27ac033080241a886fd1272e097fb639d9fad2734b84d3180a07d51ba065",
    "2121f098f1aa204bda0ae61381258e3bce3c35f773fc6055580d496a57be02eb",
    "ae0efa9997f609992c0f8ba69a430a8d166220b7f1656a24dd41eebc472ae6c3",
    "e60109ae39fe3c7fb153d51ac0786f34f4c477cfff20c1a87ea771417a374a0e",
    "88ed24af507f9b91b6e4bf8fcbd582528a502d89061055785b9db8db26c2ae58",
    "e1af12b5bf8beff1fae98229c96e36de04229eec178c072d973021c6eff1f3cf",
    "1e1c54c8ee086cd37dd164afbbe323ac9f42bc9ed9b84ee18bd29860478411dd",
    "bfecad8c1bced6952aac08a0e94c643f1ab7f4345ade18345b10370bfaf384ce",
    "671e08aaf512700f9c479372b8655868e6846028fed35ab3e388d8d9db20fe62",
    "34ba8ab910785dcab2783660ddbd1e9329f63596416a1d1d786a697a112312f6",
    "d3a8b83a8c1724fcc7a722583bf9345ef1c9e4d180f2f05a44ef9b45e9615826",
    "3ef1eb0176cffcbf35c6310856658e0cd73d6c6d8f9712dd87db6379bcd1865a",
    "eb037adac90bf1c3680dc26906551d8f41647e1a1814b866c0f4eb915e5c1417",
    "220d7aa7cf7a8eba0614a4084acfafdc694df149be379dfa1363278358f44a6a",
    "1022767cd149499b5fa00dcc55f6090fa6763f9bd0f60b9a6483833263ccc51a",
    "5db0a6074070b4459f2bb2be499e9699bb28b6916b023776f723cacd7c66f1a1",
    "ddca9a57e6760d266f27063c26072c168671f416b9b11762895fce04be4d98b5",
    "d10f5baa7620f619370f53555f04fce02ca3324ead4fe4e6658345d4a9a48a6b",
    "f409bdc558d5bb31976da7a637a05329cc0f80a33574a73466694a924413bbfb",
    "872c243cfa3884356653aba92d9f195171bce8855b4471f6678b58e8e3b5b6cc",
    "7f7039f80766164b661c561bd9dd3e6dbe27fc0040f8dc634507670e3d28a867",
    "063009b7e61a3b92f38f7c4194c97d013f6036be8cffb3c29080e3a8fbd915bd",
    "2235c7584d0220432f40f3307c12fbddc8030598c1366247da7be20bfb17487e",
    "962bf40cc87b7923f6ff0ed2537a556f260a3e865da44d79444b249f9de2048e",
    "18f0cb6e5093bb57f8fa6b53979fa0e57f4229424d015353aa83fa5ab5d8dd10",
    "fc7385c82c8908117a048f96c01b1174b8beaac21a49ddb307b68d4bdd8411a7",
    "1fde7517df128f6cf6f370552ccf0f051c866f77b3b1717cb9ae9ac3e8111971",
    "9913317cd33d0872ddf2dd720b14e5ff984b23c786607b1ea8ec2f7aada08c92",
    "88009dac4b11d96493f371768dcb17e3ec9b9b62b4d118ded7451515388923f7",
    "287dbe6dd2b7e33de9610128d765af799bc7ccd5d93335b411ff359698a5d7d3",
    "fd0a9e1235588f5f5d882ea515f1f43396fc4b89ca919f29e538a097e143ab68",
    "862ad8cc34f6b7c2178e5941d266b8e42ac3fabfe07293ee7f4627cbea2441b6",
    "1d2beef6ba8adcdac7c3d60b8e3ebb24e706770f45e7b13739300f835ae3ffe8",
    "63c5bb53e03c1fb5e0b74c238ed353b5c33c80bfa1556c8e24bbac45f92326a4",
    "d8da2c49df39d91df7ecd199b92da7bf264f026242ccc69b08daeadfe587c45b",
    "f116b770374de133288bc4c80b7cca029df75e4f23f8a20cdf08a322db2ec924",
    "dccfa88875f564bc1b64d116949321d7ed1f36895541ab70950898bf7d8f2e5e",
    "63a68ed178145467bf361735973e0b9a7e37a1bb8952298847a6627ea7f39940",
    "66597984a1eebd4456ae5948e148a2d3b7c34153b2c4d292ed81346e952ed5c7",
    "08fb64421fd092bc0b5431caf4e2d01a591f7846265d242f201b392eac7f3544",
    "0da9bd05b5e561c2c29a75c6de465e2c0fb09a2734d15c0fb8bc6290194efbb2",
    "45cd38dbed3f8b096a5809edcdcc552be73b84e01bfc5c108d6784f65cb16916",
    "2adc7a7b32b8ad03419141c8e72962c00fcf34c3b8c3ed69482de3cfbfc24097",
    "d2667a965f0c31c68ae7b0ef042692a3c6d77a12e56dc16cc11031155876b5ef",
    "23cc4fb872e8e3aeaa8f4275ca98d3c17691e1861c1c7f1422f45ff3bdaf0fdb",
    "d4057b2a08d73cafc940f8d3bb314217955571b6054b71ed8e54dff20fbc85c9",
    "13567a15e2722156cd32669c6dea8c3ff38a2a2655859aa620227aee333a215f",
    "6191b47a05a3b0b05fa6aab28789ea2f3dca67094064fa5f1b80ef760d3309cf",
    "97e313e2d8a382e053c5b064f289f9f5ed9e99d9ab2596ee115c5a5d5f463205",
    "5b9f1d606bd8f601032f9f7a9fde806acd3c7966cc69b2075ffd3025521b1b3a",
    "40a73aa260a55f52b95d288973fc13959c7948eb53f892708960f97242c4db6a",
    "3275d0c4ad4cd5c8d3f0d220b48a7440dc5fc0ff9e042435b7fcebf277a72054",
    "8c46e9e2707202cf0e3ae5a6637b38c860417a731ccdc8fcb31b7de76ce004ef",
)
"""Hashes of all sentences of the page (`clauses.sentence_hash`), in order."""

PARTS: dict[str, tuple[Part, ...]] = {
    "e5c728056a3c5c00757b812df0f0bed6ad72c8f48206eb126c6d5c3808333e2d": (
        Part("2d2dd641f836d9563962b4911388ec85a21c88ef956feac20ac7fd0167003ce0"),
        Part("63aae6920dc2b162602c4983128890d04c151cc9ce85261f8f0b600a4b61aa53", ("ROLE-1",)),
        Part("cbd30cfc73fb1ab3e308f449e238c073a7f378b6759a5b7988846eb8ffa93ced", ("ROLE-2",)),
    ),
    "c790124f36cf5ebcfa676b6cb83a8eb72c22dae9e5c521cea056b508c0b33a2a": (
        Part("5e9f5b7471b66e711dec2d2339f8984fd0b23304f51c912819a1442e55155026", ("POLICY-1",)),
        Part("bf7089efb481b3cd49f290bf7c5096cd30396ed928e2009d7ba55e86cda2aa07", ("TRUST-1",)),
    ),
    "f612a3272146b7ffe8bae7216c63ec378ac15a0e36337954d7c6a5eac4680810": (
        Part("132f10d3d034b2dd9cc9bc7bf4276cedff839e237a889a424bcea30fc924791f", ("POLICY-1",)),
        Part("fae9c6edcd7f31c34ea57822961ca3a1a82c513e73763e75caaf610a2c7bc5de", ("POLICY-2",)),
    ),
    "ae0efa9997f609992c0f8ba69a430a8d166220b7f1656a24dd41eebc472ae6c3": (
        Part("c6a9902ff050b00085c244a580f1531984fd655db2264cb1e8aabdbbbc5366b2"),
        Part("3114c6a36af9704d0a44abc7ac27606c600923b27fb8dd290132c80e7f1fa6ea", link=True),
        Part("ba2c246007eecce1393f1381434bc6a0522ebdd8ab8d13500003ac39963489a6"),
    ),
    "e1af12b5bf8beff1fae98229c96e36de04229eec178c072d973021c6eff1f3cf": (
        Part("9b25be9b4d31eb08f9f8a953492595a8804bd646a336edea1189e1c3ac134570", ("ROLE-3",)),
        Part("e90413adcb3f7ee66efa65426388a6a19f5acb7a2d5de6e966e6c2a5f4844ab7", ("ROLE-4",)),
    ),
    "eb037adac90bf1c3680dc26906551d8f41647e1a1814b866c0f4eb915e5c1417": (
        Part("35ff453a4e02879b117a4eff3cb1b6e8e012ca45cf1011fb4d82e5807f486fa3"),
        Part("ccd92b581a4a249d281e701ffc05a6511e9a2720c87dc98a5e6196b6604b722c", link=True),
        Part("3cc032037fde0039f904546199b5de91674b730f0327ab08bb624f70690e9d96"),
    ),
    "5db0a6074070b4459f2bb2be499e9699bb28b6916b023776f723cacd7c66f1a1": (
        Part("f750ade19f9f795f33f7b052513c8ee50e9a29c0c66edeb2de619a69635ffed9"),
        Part("fea260dd873299d4ed2b227cda880f4fc46329e85b1a43b0e512fec43a4e0b89", ("CREATE-2",)),
        Part("eb8a484244ed5c6a8a498933189f3b1554b030b3b6cd279cc7853b618a532ccb", ("CREATE-3",)),
        Part("53a14cddd818a07c4323e829fdeb28f1bf368fe1eb2815fe5fe9a94a32c327e8", ("CREATE-4",)),
        Part("c824a56cf5a7a4218399fb49f858aacac2caa76067736c14df80f2fe8095a1e7", ("CREATE-5",)),
        Part("36c547cca8c16f903115411936ffe05cdc81cc8dd2434f412cc49f28cf0b1c6a"),
    ),
    "f409bdc558d5bb31976da7a637a05329cc0f80a33574a73466694a924413bbfb": (
        Part("177e658fc63257428dcc4d0f19a50903e3fa57ef2846db3cebef2ec7de44579c"),
        Part("e46c44fdbecf265823caff13149c940f0ad82597e773cf8bac7be998de623190", link=True),
    ),
    "fc7385c82c8908117a048f96c01b1174b8beaac21a49ddb307b68d4bdd8411a7": (
        Part("35ff453a4e02879b117a4eff3cb1b6e8e012ca45cf1011fb4d82e5807f486fa3"),
        Part("c91f8dad3bac0615cf931f4a45c85aabcd97466818ca989ede63aada6cf46aba", link=True),
        Part("3cc032037fde0039f904546199b5de91674b730f0327ab08bb624f70690e9d96"),
    ),
    "66597984a1eebd4456ae5948e148a2d3b7c34153b2c4d292ed81346e952ed5c7": (
        Part("20f326d6fe4ef3395be8305624d7149f82c91590dcc3cddd99686364aff52308"),
        Part("de6582209d94011c1c3129e1caa7aac554b4771b65fd9df8a72f205c78b3e249", link=True),
    ),
    "5b9f1d606bd8f601032f9f7a9fde806acd3c7966cc69b2075ffd3025521b1b3a": (
        Part("35ff453a4e02879b117a4eff3cb1b6e8e012ca45cf1011fb4d82e5807f486fa3"),
        Part("715d6bd025c05d6ad2669772b69a2948d3d972bf5ab1eae89388e49225b90a6a", link=True),
        Part("3cc032037fde0039f904546199b5de91674b730f0327ab08bb624f70690e9d96"),
    ),
    "8c46e9e2707202cf0e3ae5a6637b38c860417a731ccdc8fcb31b7de76ce004ef": (
        Part("35ff453a4e02879b117a4eff3cb1b6e8e012ca45cf1011fb4d82e5807f486fa3"),
        Part("cbd6da8ce95049360ebb35c103a9c908819c745945081f5827da42c6a7a0d19e", link=True),
    ),
}
"""The parts of each sentence that several clauses share, or that has a link; only "and" and "or" stand between them."""

AS_READ = AsRead(CLAUSES, PAGE, PARTS, frozenset((WINDOW_TITLE,)))
