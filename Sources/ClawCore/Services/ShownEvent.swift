import Synchronization

/// An event for any number of watchers, encoded once per format.
public final class ShownEvent: Sendable {
  public let event: RunEvent
  private let forms = Mutex<[(id: Int, value: any Sendable)]>([])

  public init(_ event: RunEvent) {
    self.event = event
  }

  /// The event in a format, encoded on first use.
  /// - Parameter id: Identifies the format; always of the same type.
  public func form<Form: Sendable>(_ id: Int, _ make: (RunEvent) -> Form) -> Form {
    forms.withLock { forms in
      if let known = forms.first(where: { $0.id == id })?.value as? Form { return known }
      let made = make(event)
      forms.append((id, made))
      return made
    }
  }
}
