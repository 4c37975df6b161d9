/* Messages of the catalog that may be the ones a server describes. */
#ifndef MB_COPY_CANDIDATES_H
#define MB_COPY_CANDIDATES_H

#include "message_description.h"
#include "view.h"

typedef struct {
    ContentId id;
    uint64_t size;
    uint32_t mailbox; /* where a message with these bytes is stored */
    uint32_t uid;
} CopyCandidate;

/* The message of that origin whose bytes are stored; false in *found when there is none. */
bool copy_candidate_by_origin(View *view, uint32_t account, const OriginId *origin, CopyCandidate *candidate,
                              bool *found, GError **error);

/* All messages that the account ever had with the size and INTERNALDATE of one of the descriptions: one candidate for
 * each content. */
typedef struct CopyCandidates CopyCandidates;

CopyCandidates *copy_candidates_new(View *view, uint32_t account, const GArray *descriptions, GError **error);
void copy_candidates_free(CopyCandidates *candidates);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CopyCandidates, copy_candidates_free)

/* Those for one description: a GArray of CopyCandidate, borrowed; NULL when there are none. */
const GArray *copy_candidates_of(const CopyCandidates *candidates, const MessageDescription *description);

#endif
