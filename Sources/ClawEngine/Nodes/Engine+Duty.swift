import ClawStore

extension Engine {
  func duty(_ name: LeasedTask.Name) -> LeasedTask {
    LeasedTask(
      name: name, store: parts.store, node: node, time: parts.time, lease: parts.configuration.leaseDuration,
      isShared: !parts.store.isExclusive)
  }
}
