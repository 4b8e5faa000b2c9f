"""The explorer: walk through the lifecycle of an account, with the reasons for what is refused.

Its session (`session.ExplorerSession`) answers JSON, the same for a browser, a worker and the terminal.

Every request is an object with the member ``do``; every answer is an object, with the member ``error`` if the request
could not be understood. The requests:

=============  =======================================================================================================
``new``        start a walk: ``rules`` (see `rules_of`), and ``account`` (values as for `RoleModel.account`) or nothing
``view``       the present state: account, actions, properties, reasons of the last step
``inputs``     evaluate the actions of views with these ``inputs``, where an action has them
``step``       make a request: ``action``, ``place``, ``inputs``
``undo``       go back one request; ``redo`` goes forward, ``jump`` goes to the number ``to``
``fork``       copy the walk up to here as another branch; ``branch`` chooses the branch with a ``number``
``compare``    what differs between the accounts of this branch and another (``number``)
``unblock``    the shortest way to a state in which a request is done: ``action``, ``place``, ``inputs``. The answer
               ``says`` what was found
``path``       the shortest way to a state that an ``expression`` describes
``ask``        the same; at most ``states`` states are explored, and with ``more`` in the answer a larger number
               may establish what this one could not. ``prove``: true also tries to prove that
               no account of any size leads there (``every_size``)
``take``       make several requests: ``steps``
``what-if``    the same requests under other ``rules``, the first with another result, and the rules that were
               ``chosen``, with the extensions that these need. ``keep``: true goes on under them
``copy``       the walk as ``scenario``, ``pytest``, ``cli``, ``markdown`` or ``mermaid`` (``format``)
``link``       the rules, the account and the walk in one text
``open``       the walk of a ``link``, with what a page kept beside it (``rest`` of a view); if the link is that of the
               position ``at`` of a ``branch``, the others stay. Or the walk in the ``text`` of a file (``name``): a
               scenario, an account, an inventory, or the JSON of a command with traces
``menu``       the walks to begin with, in groups; ``load`` opens the one with an ``id``
``rules``      every switch of the rules: ``assumptions``, ``editions``, ``extensions``, ``parts`` to leave out
``picture``    by its ``kind``: the ``lifecycle`` (the present state has the class ``lit``) or the ``sequence`` of the
               walk: ``svg`` (null without a renderer; ``note`` says why), ``mermaid``, ``title``, ``text``; of the
               lifecycle also the ``lit`` box and the ``arrows`` from it
=============  =======================================================================================================

Any request may have ``after``: the ``number`` of an earlier view (0: none). A view that answers it has a number, and is
without the first steps that the earlier one had too; ``kept`` says how many.

No request names a file of the host: a page sends the text of a file that its user chose.
An error has the member ``needs`` if a library is missing that the host may be able to load.
"""
