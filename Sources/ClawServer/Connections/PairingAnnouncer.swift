import ClawCore

/// Sends pairing changes to the connections they concern, and closes those of a device whose pairing has ended.
struct PairingAnnouncer: Sendable {
  let connections: ConnectionRegistry

  /// Never blocks: it is called between commits.
  func announce(_ notice: PairingNotice) {
    guard let frame = notice.frame else { return end(notice) }
    for connection in connections.deciders(on: notice) { connection.send(text: frame) }
    // A request contains its code, and the device has it already.
    if case .requested = notice.change { return }
    for connection in connections.concerned(by: notice) { connection.send(text: frame) }
    end(notice)
  }

  private func end(_ notice: PairingNotice) {
    switch notice.change {
    case .requested, .approved: break
    case .rejected: connections.end(notice.device, reason: "the pairing was refused")
    case .expired: connections.end(notice.device, reason: "the pairing has expired")
    case .revoked: connections.end(notice.device, reason: "the device was revoked")
    }
  }
}
