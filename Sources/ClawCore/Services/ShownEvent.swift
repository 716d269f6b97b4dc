import Synchronization

/// An event on its way to any number of watchers, which encode it once for all that want the same form.
public final class ShownEvent: Sendable {
  public let event: RunEvent
  private let forms = Mutex<[(id: Int, value: any Sendable)]>([])

  public init(_ event: RunEvent) {
    self.event = event
  }

  /// The event in a form, which is made when it is first asked for.
  /// - Parameter id: Names the form; always of the same type.
  public func form<Form: Sendable>(_ id: Int, _ make: (RunEvent) -> Form) -> Form {
    forms.withLock { forms in
      if let known = forms.first(where: { $0.id == id })?.value as? Form { return known }
      let made = make(event)
      forms.append((id, made))
      return made
    }
  }
}
