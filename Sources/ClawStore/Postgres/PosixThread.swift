#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// An operating system thread, for blocking calls.
enum PosixThread {
  /// Holds the body until the thread has started.
  private final class Start: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  #if canImport(Darwin)
    private typealias Context = UnsafeMutableRawPointer
  #else
    private typealias Context = UnsafeMutableRawPointer?
  #endif

  /// False if no thread can be created; `body` is then not run.
  static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
    let start = Unmanaged.passRetained(Start(body)).toOpaque()
    let code = create(start)
    if code != 0 { Unmanaged<Start>.fromOpaque(start).release() }
    return code == 0
  }

  private static func create(_ start: UnsafeMutableRawPointer) -> Int32 {
    #if canImport(Darwin)
      var thread: pthread_t?
    #else
      var thread = pthread_t()
    #endif
    let code = pthread_create(&thread, nil, run, start)
    #if canImport(Darwin)
      if code == 0, let thread { pthread_detach(thread) }
    #else
      if code == 0 { pthread_detach(thread) }
    #endif
    return code
  }

  private static let run: @convention(c) (Context) -> UnsafeMutableRawPointer? = { context in
    let start: UnsafeMutableRawPointer? = context
    if let start { Unmanaged<Start>.fromOpaque(start).takeRetainedValue().body() }
    return nil
  }
}
