using CsCheck;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Score;
using MLPlatform.Core.Usage;
using Xunit;

namespace MLPlatform.Tests.Scheduling;

/// <summary>The score that an attempt gets for what it asked for, and what its owner is told.</summary>
public sealed class JobScoreTests
{
    private const long GiB = 1L << 30;

    private static readonly JobFacts Plain = new()
    {
        Asked = new ResourceRequest(2000, 2 * GiB),
        Declared = TimeSpan.FromMinutes(30),
        Ran = TimeSpan.FromMinutes(25),
        Waited = TimeSpan.Zero,
        Usage = Used(seconds: 1500, average: 1.8, peak: 2, memory: (long)(1.6 * GiB)),
        Machine = new Amount(16_000, 64 * GiB, 0),
        Pool = new Amount(32_000, 128 * GiB, 0),
    };

    [Fact]
    public void Who_asks_for_cores_that_stay_idle_is_told_how_many_would_do()
    {
        JobFacts wasteful = Plain with { Asked = new ResourceRequest(16_000, 2 * GiB, 2000), Usage = Used(1500, 2.4, 3.8, GiB) };
        ScorePart cpu = Part(wasteful, ScoreAspect.Cpu);
        Assert.Equal("asked for 8 cores a GPU, used 1.2 on average and 1.9 at most: ask for 2", cpu.Advice);
        Assert.Equal(0.25, cpu.Value);
    }

    [Fact]
    public void Memory_is_to_be_asked_for_a_fifth_above_what_was_used()
    {
        ScorePart memory = Part(Plain with { Asked = new ResourceRequest(2000, 16 * GiB), Usage = Used(1500, 2, 2, 3 * GiB) }, ScoreAspect.Memory);
        Assert.Equal("asked for 16 GiB, used 3 GiB at most: ask for 3.8 GiB", memory.Advice);
        Assert.Equal(3.75 / 16, memory.Value);
    }

    [Fact]
    public void Overstating_the_run_time_costs_and_the_advice_is_a_setting()
    {
        ScorePart honest = Part(Plain, ScoreAspect.RunTime), overstated = Part(Plain with { Declared = TimeSpan.FromHours(10) }, ScoreAspect.RunTime);
        Assert.Equal("declared 30 min, took 25 min", honest.Advice);
        Assert.Equal("declared 10 h, took 25 min: advanced.timeout \"PT38M\" would do", overstated.Advice);
        Assert.True(overstated.Value < honest.Value / 10);
        ScorePart silent = Part(Plain with { Declared = null }, ScoreAspect.RunTime);
        Assert.Equal("declares no longest run time; it took 25 min: advanced.timeout \"PT38M\" lets others be promised a start", silent.Advice);
        Assert.Equal(0, silent.Value);
    }

    [Theory]
    [InlineData(1000, 0.9, 0.9, 0.8, 1, "asked for 1 GPU, busy 90 % of the time and 90 % at most, with 80 % of the memory")]
    [InlineData(1000, 0.1, 0.2, 0.14, 0.2, "asked for 1 GPU, busy 10 % of the time and 20 % at most, with 14 % of the memory: ask for 0.5")]
    [InlineData(3000, 0.7, 0.9, 0.5, 0.75, "asked for 3 GPUs, busy 70 % of the time and 90 % at most, with 50 % of the memory; of the 8 GPUs of a machine 2 are too few for another like it")]
    [InlineData(8000, 0.14, 0.9, 0.07, 0.2, "asked for 8 GPUs, busy 14 % of the time and 90 % at most, with 7 % of the memory: 2 might do")]
    [InlineData(300, 0.9, 0.9, 0.9, 0.9, "asked for 0.3 GPUs, busy 90 % of the time and 90 % at most, with 90 % of the memory; 0.1 of each GPU is too little for another like it")]
    public void Gpus_count_by_how_busy_they_were_and_what_their_number_leaves_over(int milli, double average, double peak, double memory, double value, string advice)
    {
        ScorePart gpu = Part(
            Plain with
            {
                Asked = new ResourceRequest(1000, GiB, milli),
                Machine = new Amount(64_000, 512 * GiB, 8000),
                Usage = Used(1500, 1, 1, GiB) with { Gpus = [new GpuUsage { AverageUtilization = average, PeakUtilization = peak, PeakMemoryBytes = (long)(memory * 100), TotalBytes = 100 }] },
            },
            ScoreAspect.Gpu);
        Assert.Equal(advice, gpu.Advice);
        Assert.Equal(value, gpu.Value!.Value, 9);
    }

    [Fact]
    public void What_is_not_known_counts_as_a_half_and_says_so()
    {
        JobFacts unknown = new() { Asked = new ResourceRequest(1000, GiB, 1000), Declared = TimeSpan.FromHours(1) };
        JobScore score = JobScore.Of(unknown);
        Assert.Equal(50, score.Score);
        Assert.All(score.Parts, p => Assert.Null(p.Value));
        Assert.Equal(6, score.Parts.Count);
        Assert.Equal("asked for 1 core; it ran 2 s, too short to tell what it uses", Part(unknown with { Usage = Used(2, 1, 1, GiB) }, ScoreAspect.Cpu).Advice);
    }

    [Theory]
    [InlineData(2.6, 60)]
    [InlineData(3600 * 3, 3600 * 5)]
    public void Who_declares_the_run_time_that_is_advised_has_it_in_full(double ran, double declared)
    {
        double Value(double seconds) => Part(Plain with { Ran = TimeSpan.FromSeconds(seconds), Declared = TimeSpan.FromSeconds(declared) }, ScoreAspect.RunTime).Value!.Value;
        Assert.Equal(Value(declared), Value(ran));
        Assert.True(Value(ran / 3) <= Value(ran));
    }

    [Fact]
    public void Gpus_that_nobody_asked_for_are_no_part() => Assert.DoesNotContain(JobScore.Of(Plain).Parts, p => p.Aspect == ScoreAspect.Gpu);

    [Fact]
    public void More_cores_for_a_gpu_than_the_machine_has_cost_though_they_are_used()
    {
        JobFacts hungry = Plain with { Asked = new ResourceRequest(32_000, GiB, 1000), Machine = new Amount(64_000, 512 * GiB, 8000), Usage = Used(1500, 31, 32, GiB) };
        ScorePart cpu = Part(hungry, ScoreAspect.Cpu);
        Assert.Equal(0.25, cpu.Value);
        Assert.EndsWith("; its machine has 8 cores a GPU, so GPUs beside it stay without", cpu.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void The_mean_is_over_attempts_and_there_is_none_of_nothing()
    {
        Assert.Null(JobScore.Mean([]));
        JobFacts worse = Plain with { Declared = null };
        Assert.Equal((JobScore.Of(Plain).Score + JobScore.Of(worse).Score) / 2, JobScore.Mean([Plain, worse])!.Value, 1);
    }

    /// <summary>Whatever is known, a score lies between 0 and 100, and asking for more with the same use never raises it.</summary>
    [Fact]
    public void Asking_for_more_than_is_used_never_helps() => (
        from milli in Gen.Int[1, 64]
        from more in Gen.Int[1, 64]
        from memory in Gen.Int[1, 64]
        from peak in Gen.Double[0, 70]
        from used in Gen.Int[0, 64]
        from ran in Gen.Int[1, 100_000]
        from declared in Gen.Int[1, 1_000_000]
        select (milli, more, memory, peak, used, ran, declared)).Sample(c =>
    {
        JobFacts facts = Plain with
        {
            Asked = new ResourceRequest(c.milli * 1000, c.memory * GiB),
            Usage = Used(100, c.peak / 2, c.peak, c.used * GiB),
            Ran = TimeSpan.FromSeconds(c.ran),
            Declared = TimeSpan.FromSeconds(c.declared),
        };
        double score = JobScore.Of(facts).Score;
        Assert.InRange(score, 0, 100);
        JobFacts greedy = facts with { Asked = new ResourceRequest((c.milli + c.more) * 1000, (c.memory + c.more) * GiB) };
        Assert.InRange(JobScore.Of(greedy).Score, 0, score);
    }, iter: 2000);

    private static ScorePart Part(JobFacts facts, ScoreAspect aspect) => JobScore.Of(facts).Parts.Single(p => p.Aspect == aspect);

    private static AttemptUsage Used(double seconds, double average, double peak, long memory) =>
        new() { At = DateTimeOffset.UnixEpoch, Seconds = seconds, CpuSeconds = average * seconds, PeakCores = peak, PeakMemoryBytes = memory };
}
