import ClawCore
import Synchronization

/// The pairing changes that this node has announced, so that a change which arrives in several ways (made here, by
/// notification, by polling) is announced once.
final class AnnouncedPairings: Sendable {
  private struct Known {
    /// Whether all pending requests were read at least once; before, only requests made since this node started are
    /// new.
    var isWhole = false
    var pending: [DeviceID: PairingRequest] = [:]
    /// The number of announced changes.
    var changes = 0
  }

  private struct Decision: Hashable {
    let device: DeviceID
    let kind: PairingHint.Kind
  }

  private struct State {
    /// Of tenants with activity on this node. Bounded by ``PairingConfiguration/maxPending`` each.
    var known: [TenantID: Known] = [:]
    var decided: Set<Decision> = []
  }

  /// Limit of decisions kept; beyond it all are dropped, and a late notification may be announced twice.
  private static let maxDecided = 4_096

  private let state = Mutex(State())

  /// Whether a change is new; it is recorded as announced.
  func isNew(_ notice: PairingNotice) -> Bool {
    state.withLock { state in
      state.known[notice.tenant, default: Known()].changes += 1
      switch notice.change {
      case .requested(let request):
        return state.known[notice.tenant, default: Known()].pending.updateValue(request, forKey: request.device) == nil
      case .approved, .rejected, .expired, .revoked:
        state.known[notice.tenant]?.pending[notice.device] = nil
        if state.decided.count >= Self.maxDecided { state.decided = [] }
        return state.decided.insert(Decision(device: notice.device, kind: notice.hint.kind)).inserted
      }
    }
  }

  /// The tenants with announced requests that are still pending.
  var tenants: Set<TenantID> {
    state.withLock { state in Set(state.known.filter { !$0.value.pending.isEmpty }.keys) }
  }

  /// The number of a tenant's changes announced here.
  func changes(of tenant: TenantID) -> Int {
    state.withLock { $0.known[tenant]?.changes ?? 0 }
  }

  /// The changes since the last poll: new requests, and those no longer pending. Nil if a change was announced since
  /// the store was read, because the read is then out of date.
  /// - Parameters:
  ///   - changes: ``changes(of:)`` before the store was read.
  ///   - start: When this node started.
  func differences(
    of tenant: TenantID, pending: [PairingRequest], after changes: Int, start: Timestamp
  ) -> (new: [PairingRequest], gone: [PairingRequest])? {
    state.withLock { state in
      let known = state.known[tenant] ?? Known()
      guard known.changes == changes else { return nil }
      let now = Dictionary(pending.map { ($0.device, $0) }) { first, _ in first }
      let isNews = { (request: PairingRequest) in known.isWhole || request.createdAt >= start }
      state.known[tenant] = Known(
        isWhole: true, pending: known.pending.merging(now.filter { !isNews($0.value) }) { old, _ in old },
        changes: changes)
      let new = pending.filter { known.pending[$0.device] == nil && isNews($0) }
      return (new, known.pending.values.filter { now[$0.device] == nil })
    }
  }
}
