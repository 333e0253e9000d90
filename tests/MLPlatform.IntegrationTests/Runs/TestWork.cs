using MLPlatform.Core.Activities;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>A worker activity that tests answer for themselves: see <see cref="FakeExecutor"/>.</summary>
[Activity("test.work")]
public sealed class TestWork : IActivity<TestWork.Inputs, TestWork.Outputs>
{
    public sealed record Inputs
    {
        public int Number { get; init; }

        /// <summary>How many items to give back.</summary>
        public int Items { get; init; }

        /// <summary>How many attempts fail before one succeeds.</summary>
        public int FailFirst { get; init; }

        /// <summary>Anything, to depend on others.</summary>
        public IReadOnlyList<int>? After { get; init; }
    }

    public sealed record Outputs(int Number, IReadOnlyList<int> Items);

    public Task<Outputs> RunAsync(Inputs inputs, ActivityContext context, CancellationToken cancel) =>
        throw new InvalidOperationException("tests answer for this activity");
}

/// <summary>The same, but its results depend on its memory.</summary>
[Activity("test.sized", MemoryCounts = true)]
public sealed class TestSized : IActivity<TestWork.Inputs, TestWork.Outputs>
{
    public Task<TestWork.Outputs> RunAsync(TestWork.Inputs inputs, ActivityContext context, CancellationToken cancel) =>
        throw new InvalidOperationException("tests answer for this activity");
}

/// <summary>The same, but never cached.</summary>
[Activity("test.fresh", Cacheable = false)]
public sealed class TestFresh : IActivity<TestWork.Inputs, TestWork.Outputs>
{
    public Task<TestWork.Outputs> RunAsync(TestWork.Inputs inputs, ActivityContext context, CancellationToken cancel) =>
        throw new InvalidOperationException("tests answer for this activity");
}
