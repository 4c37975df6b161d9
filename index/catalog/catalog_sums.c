#include "catalog_sums.h"

#include "catalog_misfit.h"
#include "catalog_put.h"
#include "catalog_query.h"

static bool settle_mailbox(CatalogSums *sums, GError **error)
{
    bool has_mailbox = sums->has_mailbox;
    sums->has_mailbox = false;
    return !has_mailbox || catalog_put_mailbox(sums->txn, sums->mailbox, &sums->record, error);
}

static bool settle_account(CatalogSums *sums, GError **error)
{
    const SnapshotChanges *changes = &sums->changes;
    if (!sums->has_account)
        return true;
    sums->has_account = false;
    AccountRecord account;
    if (!catalog_fits(catalog_account(sums->txn, sums->account, &account, error), "unknown account", error))
        return false;
    if (account.pending != 0 && account.pending != changes->snapshot)
        return catalog_misfit(error, "two snapshots under way");
    account.pending = changes->snapshot;
    account.added += changes->added;
    account.removed += changes->removed;
    account.reflagged += changes->reflagged;
    return catalog_put_account(sums->txn, sums->account, &account, error);
}

MailboxRecord *catalog_sums_mailbox(CatalogSums *sums, uint32_t mailbox, GError **error)
{
    if (sums->has_mailbox && sums->mailbox == mailbox)
        return &sums->record;
    if (!settle_mailbox(sums, error) ||
        !catalog_fits(catalog_mailbox(sums->txn, mailbox, &sums->record, error), "unknown mailbox", error))
        return NULL;
    sums->has_mailbox = true;
    sums->mailbox = mailbox;
    return &sums->record;
}

bool catalog_sums_add(CatalogSums *sums, uint32_t account, const SnapshotChanges *changes, GError **error)
{
    bool same = sums->has_account && sums->account == account && sums->changes.snapshot == changes->snapshot;
    if (!same) {
        if (!settle_account(sums, error))
            return false;
        sums->has_account = true;
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
