import ClawStore

extension Engine {
  func duty(_ name: NodeDuty.Name) -> NodeDuty {
    NodeDuty(
      name: name, store: parts.store, node: node, time: parts.time, lease: parts.configuration.leaseDuration,
      isShared: !parts.store.isExclusive)
  }
}
