using Microsoft.ML.OnnxRuntime;
using Weir.Vision.Models;
using Weir.Vision.Tests.Media;

namespace Weir.Vision.Tests.Models;

/// <summary>Several pictures in one run, on files that leave the first size open (-1) or take four at a time.</summary>
public sealed class BatchTests : IDisposable
{
    private const int Open = -1;
    private static readonly PictureSize Square = new(100, 100);
    private static readonly byte[] Greys = [10, 60, 110, 160, 200, 230, 250];
    private readonly TestFolder folder = new();
    private readonly TestFolder single = new();

    public void Dispose()
    {
        folder.Dispose();
        single.Dispose();
    }

    public static TheoryData<string, int> Kinds => [.. Tables.Keys.SelectMany(kind => new[] { (kind, Open), (kind, 4) })];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Each_picture_gets_what_it_would_get_alone_whatever_reads_the_outputs(string kind, int batch)
    {
        var (decoder, classes, tables) = Tables[kind];
        var description = FixedModel.Describe(decoder, classes, [.. tables.Select(table => (table.Output, table.Table.Tensor))]) with { Threshold = 0.3f };
        using var alone = FixedModel.LoadBatched(single, 1, description, [.. tables.Select(table => table.Table)]);
        using var together = FixedModel.LoadBatched(folder, batch, UpTo(description, batch == Open ? 4 : null), [.. tables.Select(table => table.Table)]);

        var expected = await AskAsync(alone, Greys);
        var found = await AskAsync(together, Greys);

        Assert.Equal([1, 1, 1, 1, 1, 1, 1], expected.Select(result => result.Together));
        Assert.Equal([4, 4, 4, 4, 3, 3, 3], found.Select(result => result.Together));
        // The pictures differ in what is on them, so that one that got another's part would be seen.
        Assert.Equal(Greys.Length, expected.Select(Text).Distinct().Count());
        Assert.Equal(expected.Select(Text), found.Select(Text));
    }

    [Theory]
    [InlineData(InputElement.Byte, InputLayout.Nhwc, Open)]
    [InlineData(InputElement.Float, InputLayout.Nhwc, Open)]
    [InlineData(InputElement.Float, InputLayout.Nchw, Open)]
    [InlineData(InputElement.Byte, InputLayout.Nhwc, 4)]
    [InlineData(InputElement.Float, InputLayout.Nchw, 4)]
    public async Task Each_picture_reaches_its_place_whatever_form_the_input_has(InputElement element, InputLayout layout, int batch)
    {
        var input = TinyModel.Description.Input with
        {
            Element = element, Layout = layout, Scale = element == InputElement.Float ? 1 / 255f : 1, Batch = batch == Open ? 4 : null,
        };
        using var model = TinyModel.LoadBatched(folder, batch, TinyModel.Description with { Input = input });

        var results = await AskAsync(model, Greys);

        Assert.Equal([4, 4, 4, 4, 3, 3, 3], results.Select(result => result.Together));
        Assert.All(results.Zip(Greys), pair => Assert.All(pair.First.Detections, found => Assert.Equal(pair.Second, found.Score * 255, 1)));
        Assert.Equal((2L, 7L), (model.Batch.Runs, model.Batch.Pictures));
    }

    [Theory]
    [InlineData(Open)]
    [InlineData(4)]
    public async Task A_picture_that_does_not_go_through_fails_alone(int batch)
    {
        using var model = FragileModel.Load(folder, 200, batch, new DetectionModelOptions { Lanes = 1, Batch = 4 });

        // Of the first four the third is too bright; the last one is alone, in a run with what is left of them.
        var tasks = Ask(model, [20, 40, 250, 60, 80], out var inputs);

        await Assert.ThrowsAsync<OnnxRuntimeException>(() => tasks[2]);
        foreach (var place in new[] { 0, 1, 3, 4 }) Assert.Single((await tasks[place]).Detections);
        // What lay in a place of the run before does not matter to the next.
        Assert.Single((await AskAsync(model, [30]))[0].Detections);
        foreach (var input in inputs) input.Dispose();
    }

    [Fact]
    public void A_picture_whose_outputs_cannot_be_read_fails_alone()
    {
        TinyModel.Write(folder, TinyModel.Description, 4);
        using var session = new InferenceSession(folder["tiny.onnx"]);
        var rows = new Dictionary<string, TensorShape> { ["rows"] = new TensorShape(typeof(float), [1, 3, 6]) { Pictures = 4 } };
        using var lane = new DetectionLane(session, TinyModel.Description, new Picky(), rows, padded: 4);
        var inputs = new[] { 100, 200, 50 }.Select(grey => Grey(TinyModel.Description.Input, (byte)grey)).ToList();

        var outcomes = lane.Run([.. inputs.Select(input => new PictureWork(null!, input, Square, 0.1f, CancellationToken.None))]);

        Assert.Equal([true, false, true], outcomes.Select(outcome => outcome.Error is null));
        Assert.Equal("Too bright.", outcomes[1].Error!.Message);
        foreach (var input in inputs) input.Dispose();
    }

    [Fact]
    public async Task Least_scores_sizes_and_cancellation_are_each_picture_s_own()
    {
        var description = TinyModel.Description with { Input = TinyModel.Description.Input with { Batch = 8, Fit = PictureFit.Letterbox } };
        using var model = TinyModel.LoadBatched(folder, Open, description);
        using var input = Grey(description.Input, 128);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        // While the first goes through, the others come and wait: nearly always, and surely once in so many times.
        var together = 1;
        for (var round = 0; round < 200 && together == 1; round++)
        {
            var tasks = new List<Task<DetectionResult>>();
            for (var i = 0; i < 24; i++)
            {
                tasks.Add(model.DetectAsync(
                    input, i % 2 == 0 ? new PictureSize(100, 100) : new PictureSize(200, 100), i % 3 == 0 ? 0.9f : 0.3f, i % 4 == 3 ? cancelled.Token : default));
            }
            for (var i = 0; i < tasks.Count; i++)
            {
                if (i % 4 == 3)
                {
                    await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tasks[i]);
                    continue;
                }
                var result = await tasks[i];
                together = Math.Max(together, result.Together);
                Assert.Equal(i % 3 == 0 ? 0 : 3, result.Detections.Count);
                foreach (var found in result.Detections) Assert.Equal(i % 2 == 0 ? 0.25f : 0f, found.Box.Top, 3);
            }
        }
        Assert.InRange(together, 2, 8);
    }

    [Fact]
    public async Task Versions_change_while_batches_run_and_not_a_picture_is_lost()
    {
        var open = TinyModel.Description with { Input = TinyModel.Description.Input with { Batch = 4 } };
        // The second version takes four at a time, and wants the colours the other way round.
        var padded = TinyModel.Description with { Version = "2", Input = TinyModel.Description.Input with { Colour = InputColour.Bgr } };
        using var model = TinyModel.LoadBatched(folder, Open, open);
        var seen = new System.Collections.Concurrent.ConcurrentDictionary<string, int>();
        using var stop = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            // They are made for the first version, red as each says, and go into the second as well.
            var inputs = Greys[..5].Select(red => new ModelInput(open.Input)).ToList();
            foreach (var (input, red) in inputs.Zip(Greys))
                for (var i = 0; i < input.Pixels.Length; i += 3) input.Pixels.Span[i] = red;
            while (!stop.IsCancellationRequested)
            {
                var results = await model.DetectAsync([.. inputs.Select(input => new ModelPicture(input, Square))], null, default);
                foreach (var (result, red) in results.Zip(Greys))
                {
                    var found = Assert.Single(result.Detections);
                    Assert.Equal(red, found.Score * 255, 1);
                    Assert.Equal(result.Model.Version == "1" ? "first" : "third", found.Class);
                    seen.AddOrUpdate($"{result.Model.Version} {result.Together > 1}", 1, (_, count) => count + 1);
                }
            }
            foreach (var input in inputs) input.Dispose();
        })).ToList();

        for (var i = 0; i < 6; i++)
        {
            TinyModel.Write(folder, i % 2 == 0 ? padded : open, i % 2 == 0 ? 4 : Open);
            Assert.True(model.Refresh());
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        await stop.CancelAsync();
        await Task.WhenAll(asking);

        Assert.Contains("1 True", seen.Keys);
        Assert.Contains("2 True", seen.Keys);
    }

    [Theory]
    [InlineData(1, 2, "input.batch is 2, but the ONNX file takes 1 at a time, neither more nor less.")]
    [InlineData(4, 2, "input.batch is 2, but the ONNX file takes 4 at a time, neither more nor less.")]
    [InlineData(65, null, "the ONNX file takes 65 pictures at a time; at most 64 are allowed.")]
    public void A_number_at_a_time_that_does_not_fit_the_file_is_refused(int file, int? wanted, string sentence)
    {
        var error = Assert.Throws<ModelException>(() => TinyModel.LoadBatched(folder, file, UpTo(TinyModel.Description, wanted)));

        Assert.Equal($"model 'tiny': {sentence}", error.Message);
    }

    [Fact]
    public async Task Outputs_without_a_place_for_the_picture_are_of_one_at_a_time()
    {
        // As many rows as things were found: nothing says which picture they belong to.
        FixedTable[] tables =
        [
            new("b", [1, 4], [16, 8, 48, 32]) { Open = true }, new("s", [1], [0.8f]) { Open = true }, new("c", [1], [1]) { Open = true },
        ];
        var description = FixedModel.Describe("ssd", ["smoke", "fire"], ("boxes", "b"), ("scores", "s"), ("classes", "c"));
        using var model = FixedModel.LoadBatched(folder, Open, description, tables);

        var results = await AskAsync(model, [10, 20, 30]);

        Assert.Equal([1, 1, 1], results.Select(result => result.Together));
        Assert.Equal((1, "One picture at a time, as output tensor 's' is [2] for 2 pictures and [1] for one."), (model.Batch.Size, model.Batch.Reason));
        var error = Assert.Throws<ModelException>(() => FixedModel.LoadBatched(single, Open, UpTo(description, 4), tables));
        Assert.Equal("model 'fixed': input.batch is 4, but output tensor 's' is [2] for 2 pictures and [1] for one.", error.Message);
    }

    [Fact]
    public void An_output_that_a_file_for_four_gives_once_is_refused()
    {
        var error = Assert.Throws<ModelException>(() => FixedModel.LoadMixed(folder, 4, FixedModel.Describe("classifier", ["a", "b"], ("scores", "y")), new FixedTable("y", [1, 2], [0.1f, 0.9f])));

        Assert.Equal("model 'fixed': output tensor 'y' must have the shape [4, …], as the input takes 4 pictures at a time, but the ONNX file says [1, 2].", error.Message);
    }

    [Fact]
    public void A_tensor_of_another_shape_is_told_of_each_picture()
    {
        var error = Assert.Throws<ModelException>(() => FixedModel.LoadBatched(folder, 4, FixedModel.Describe("classifier", ["a", "b"], ("scores", "y")), new FixedTable("y", [1, 3], [1, 2, 3])));

        Assert.Equal("model 'fixed': output tensor 'y' must have the shape [1, 2], but the ONNX file says [1, 3] for each of 4 pictures.", error.Message);
    }

    private static Dictionary<string, (string Decoder, string[] Classes, (string Output, FixedTable Table)[] Tables)> Tables { get; } = new()
    {
        ["yolo rows"] = ("yolo", ["smoke", "fire"],
            [("predictions", new FixedTable("y", [1, 2, 7], [20, 20, 10, 10, 1, 0.2f, 0.3f, 50, 50, 8, 8, 0.5f, 1, 0]) { Slope = [20, 5, 4, 0, 0, 0.7f, 0, 0, 0, 0, 0, 0.4f, 0, 0] })]),
        ["yolo columns"] = ("yolo", ["smoke", "fire"],
            [("predictions", new FixedTable("y", [1, 6, 3], [20, 50, 8, 20, 50, 8, 10, 8, 8, 10, 8, 8, 0.9f, 0.1f, 0.2f, 0, 0.5f, 0.1f]) { Slope = [9, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0.1f, 0.7f, 0, 0.4f, 0] })]),
        ["rows"] = ("centernet", ["smoke", "fire"],
            [("detections", new FixedTable("y", [1, 2, 6], [10, 10, 30, 30, 0.5f, 0, 20, 40, 40, 60, 0.2f, 1]) { Slope = [5, 5, 5, 5, 0.3f, 0, 0, 0, 0, 0, 0.6f, 0] })]),
        ["ssd"] = ("ssd", ["smoke", "fire"],
        [
            ("boxes", new FixedTable("b", [1, 2, 4], [10, 10, 30, 30, 20, 40, 40, 60]) { Slope = [0, 0, 9, 9, 0, 0, 0, 0], Open = true }),
            ("scores", new FixedTable("s", [1, 2], [0.5f, 0.2f]) { Slope = [0.3f, 0.6f], Open = true }),
            ("classes", new FixedTable("c", [1, 2], [0, 1]) { Open = true, AsIntegers = true }),
        ]),
        ["blazeface"] = ("blazeface", ["face"],
        [
            ("scoresFine", new FixedTable("a", [1, 512, 1], Filled(512, -9, (69, 0.5f))) { Slope = Filled(512, 0, (69, 3), (300, 12)) }),
            ("boxesFine", new FixedTable("b", [1, 512, 16], Filled(8192, 0, (69 * 16 + 2, 16), (69 * 16 + 3, 16), (300 * 16 + 2, 8), (300 * 16 + 3, 8))) { Slope = Filled(8192, 0, (69 * 16, 5)) }),
            ("scoresCoarse", new FixedTable("c", [1, 384, 1], Filled(384, -9))),
            ("boxesCoarse", new FixedTable("d", [1, 384, 16], Filled(6144, 0))),
        ]),
        ["classifier"] = ("classifier", ["no helmet", "helmet"], [("logits", new FixedTable("y", [1, 2], [0, 1]) { Slope = [4, 0] })]),
        ["text-map"] = ("text-map", ["text"],
            [("map", new FixedTable("y", [1, 1, 8, 8], Filled(64, 0, (18, 0.7f), (19, 0.7f), (20, 0.7f), (26, 0.7f), (27, 0.7f), (28, 0.7f), (34, 0.7f), (35, 0.7f), (36, 0.7f))) { Slope = Filled(64, 0, (18, 0.2f), (29, 0.6f)) })]),
        ["ctc-text"] = ("ctc-text", ["A", "B"], [("scores", new FixedTable("y", [1, 3, 3], [0.1f, 0.5f, 0.4f, 0.9f, 0, 0.1f, 0.1f, 0.2f, 0.5f]) { Slope = [0, 0.1f, 0.4f, 0, 0, 0, 0, 0.5f, 0] })]),
        ["embedding"] = ("embedding", ["person"], [("vector", new FixedTable("y", [1, 3], [1, 2, 3]) { Slope = [4, 0, -2] })]),
    };

    private static float[] Filled(int length, float value, params ReadOnlySpan<(int Place, float Value)> places)
    {
        var values = Enumerable.Repeat(value, length).ToArray();
        foreach (var (place, other) in places) values[place] = other;
        return values;
    }

    private static ModelDescription UpTo(ModelDescription description, int? batch) => description with { Input = description.Input with { Batch = batch } };

    private static ModelInput Grey(ModelInputDescription form, byte grey)
    {
        var input = new ModelInput(form);
        input.Pixels.Span.Fill(grey);
        return input;
    }

    private static async Task<DetectionResult[]> AskAsync(DetectionModel model, IReadOnlyList<byte> greys)
    {
        var inputs = greys.Select(grey => Grey(model.Description.Input, grey)).ToList();
        var results = await model.DetectAsync([.. inputs.Select(input => new ModelPicture(input, Square))], null, TestContext.Current.CancellationToken);
        foreach (var input in inputs) input.Dispose();
        return results;
    }

    private static List<Task<DetectionResult>> Ask(DetectionModel model, IReadOnlyList<byte> greys, out List<ModelInput> inputs)
    {
        inputs = [.. greys.Select(grey => Grey(model.Description.Input, grey))];
        return [.. model.Queue([.. inputs.Select(input => new ModelPicture(input, Square))], null, TestContext.Current.CancellationToken).Select(work => work.Task)];
    }

    private static string Text(DetectionResult result) => string.Join("; ", result.Detections.Select(found => FormattableString.Invariant(
        $"{found.Class} {found.Score:0.0000} {found.Box.Left:0.0000} {found.Box.Top:0.0000} {found.Box.Right:0.0000} {found.Box.Bottom:0.0000} {found.Text} {string.Join(' ', (found.Vector ?? []).Select(value => MathF.Round(value, 4)))}")));

    /// <summary>Cannot read what is of a bright picture.</summary>
    private sealed class Picky : IDetectionDecoder
    {
        public IReadOnlyList<string> Tensors { get; } = ["rows"];

        public void Decode(ReadOnlySpan<TensorData> outputs, float threshold, List<Candidate> candidates)
        {
            if (outputs[0].Values[4] > 0.7f) throw new InvalidOperationException("Too bright.");
            candidates.Add(new Candidate(0, outputs[0].Values[4], new Box(0, 0, 1, 1)));
        }
    }
}
