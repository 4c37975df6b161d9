#include "catalog_sums.h"

#include "catalog_misfit.h"
#include "catalog_put.h"
#include "catalog_query.h"

static bool settle_mailbox(CatalogSums *sums, GError **error)
{
    uint32_t mailbox = sums->mailbox;
    sums->mailbox = 0;
    return mailbox == 0 || catalog_put_mailbox(sums->txn, mailbox, &sums->record, error);
}

static bool settle_account(CatalogSums *sums, GError **error)
{
    uint32_t number = sums->account;
    const SnapshotChanges *changes = &sums->changes;
    sums->account = 0;
    if (number == 0)
        return true;
    AccountRecord account;
    if (!catalog_fits(catalog_account(sums->txn, number, &account, error), "unknown account", error))
        return false;
    if (account.pending != 0 && account.pending != changes->snapshot)
        return catalog_misfit(error, "two snapshots under way");
    account.pending = changes->snapshot;
    account.added += changes->added;
    account.removed += changes->removed;
    account.reflagged += changes->reflagged;
    return catalog_put_account(sums->txn, number, &account, error);
}

MailboxRecord *catalog_sums_mailbox(CatalogSums *sums, uint32_t mailbox, GError **error)
{
    if (sums->mailbox == mailbox)
        return &sums->record;
    if (!settle_mailbox(sums, error) ||
        !catalog_fits(catalog_mailbox(sums->txn, mailbox, &sums->record, error), "unknown mailbox", error))
        return NULL;
    sums->mailbox = mailbox;
    return &sums->record;
}

bool catalog_sums_add(CatalogSums *sums, uint32_t account, const SnapshotChanges *changes, GError **error)
{
    bool same = sums->account == account && sums->changes.snapshot == changes->snapshot;
    if (!same && !settle_account(sums, error))
        return false;
    if (!same) {
        sums->account = account;
        sums->changes = (SnapshotChanges){.snapshot = changes->snapshot};
    }
    sums->changes.added += changes->added;
    sums->changes.removed += changes->removed;
    sums->changes.reflagged += changes->reflagged;
    return true;
}

bool catalog_sums_settle(CatalogSums *sums, GError **error)
{
    return settle_mailbox(sums, error) && settle_account(sums, error);
}
