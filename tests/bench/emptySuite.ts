// The least that the test runner and the compiler can be given.
it("does nothing", () => {});
